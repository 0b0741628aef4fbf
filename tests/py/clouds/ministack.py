"""MiniStack in AWS's place: it really unwraps keys and, with AUTH, checks signatures and policies of IAM users."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import boto3
import requests

from harness.ports import free_port

START_SECONDS = 60
REGION = "us-east-1"
# What the documentation of Vault's engine asks for.
ACTIONS = """CreateKey GetParametersForImport ImportKeyMaterial EnableKey DisableKey ScheduleKeyDeletion CreateAlias
    UpdateAlias DeleteAlias ListAliases TagResource ReplicateKey DescribeKey""".split()
# What finding an interrupted distribution's key takes beyond that.
SEARCH = ["ListKeys", "ListResourceTags"]


class MiniStack:
    """A running emulator."""

    def __init__(self, directory: Path):
        port = free_port()
        environment = {
            "BIND_HOST": "127.0.0.1",
            "IOT_MTLS_ENABLED": "0",
            "GATEWAY_PORT": str(port),
            "SERVICES": "kms,sts,iam",
            "AUTH": "true",
        }
        self._log = open(directory / "ministack.log", "wb")
        self._process = subprocess.Popen(
            [Path(sys.executable).parent / "ministack"],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env={**os.environ, **environment},
        )
        self.url = f"http://127.0.0.1:{port}"
        self._await()

    def _await(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                requests.get(self.url, timeout=1)
                return
            except requests.ConnectionError:
                time.sleep(0.05)
        raise RuntimeError("MiniStack does not start")

    def client(self, service, region=REGION):
        """As the account's owner, whom nothing is asked."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=self.url, region_name=region, **keys)

    def user(self, name, actions):
        """A user who may do this in KMS; answers the credentials that a provider takes."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        statement = {"Effect": "Allow", "Action": [f"kms:{action}" for action in actions], "Resource": "*"}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        iam.put_user_policy(UserName=name, PolicyName="kms", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"], "endpoint": self.url}

    def stop(self):
        self._process.terminate()
        self._process.wait()
        self._log.close()
