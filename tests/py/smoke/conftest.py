"""Clients of the session's daemon."""

import uuid

import hvac
import pytest
import requests


@pytest.fixture
def client(daemon):
    return hvac.Client(url=daemon.base, token=daemon.token)


@pytest.fixture
def kv(client):
    """hvac's calls for KV version 2, on the mount that every OKMS domain has."""
    client.secrets.kv.default_kv_version = 2
    return client.secrets.kv.v2


@pytest.fixture
def path():
    """A path that no other test uses."""
    return f"smoke/{uuid.uuid4()}"


@pytest.fixture
def send(daemon):
    """Sends a request as it stands: `path` is not encoded again, and nothing is added but the token."""

    def send(method, path, body=None, token=daemon.token, headers=None):
        headers = {"X-Vault-Token": token, **(headers or {})} if token else dict(headers or {})
        request = requests.Request(method, daemon.url, headers=headers, data=body).prepare()
        request.url = daemon.url + path
        with requests.Session() as session:
            return session.send(request, timeout=30)

    return send


@pytest.fixture
def secret(daemon):
    """The path of the domain's mount."""
    return f"/api/{daemon.domain}/v1/secret"
