"""IBM's dialect through hvac, unchanged: raw paths, and KV version 2 on the mount `ibmcloud/kv`."""

import uuid

import hvac
import pytest
import requests
from hvac import exceptions
from ibm_cloud_sdk_core import ApiException
from ibm_cloud_sdk_core.authenticators import IAMAuthenticator


@pytest.fixture
def ibm(daemon):
    return hvac.Client(url=daemon.url, token=daemon.token)


@pytest.fixture
def name():
    """A name that no other test uses."""
    return f"smoke-{uuid.uuid4()}"


def test_a_secret_lives_through_its_versions(ibm, name):
    secrets = "ibmcloud/arbitrary/secrets"
    made = ibm.write_data(secrets, data={"name": name, "payload": "one", "labels": ["dev"]})["data"]
    assert made["secret_data"] == {"payload": "one"}
    secret = f"{secrets}/{made['id']}"
    assert ibm.write_data(f"{secret}/rotate", data={"payload": "two"})["data"]["versions_total"] == 2
    assert ibm.read(f"{secrets}/{name}")["data"]["secret_data"] == {"payload": "two"}
    assert ibm.read(f"{secret}/versions/previous")["data"]["secret_data"] == {"payload": "one"}
    assert name in [secret["name"] for secret in ibm.list(secrets)["data"]["secrets"]]
    ibm.delete(secret)
    assert ibm.read(secret) is None


def test_a_lock_keeps_a_secret(ibm, name):
    made = ibm.write_data("ibmcloud/username_password/secrets", data={"name": name, "username": "user123"})["data"]
    assert len(made["secret_data"]["password"]) == 32
    locks = f"ibmcloud/username_password/locks/{made['id']}"
    ibm.write_data(f"{locks}/lock", data={"locks": [{"name": "app"}]})
    assert ibm.read(locks)["data"]["locks_total"] == 1
    secret = f"ibmcloud/username_password/secrets/{made['id']}"
    with pytest.raises(exceptions.VaultError, match="locked"):
        ibm.delete(secret)
    ibm.write_data(f"{locks}/unlock", data={"locks": ["*"]})
    ibm.delete(secret)


def test_a_group_is_made_and_goes(ibm):
    groups = "auth/ibmcloud/manage/groups"
    made = ibm.write_data(groups, data={"name": "test-secret-group"})["data"]
    assert made["id"] in [group["id"] for group in ibm.read(groups)["data"]["groups"]]
    ibm.delete(f"{groups}/{made['id']}")
    assert ibm.read(f"{groups}/{made['id']}") is None


def test_kv_on_the_mount_of_ibm(ibm, name):
    kv = ibm.secrets.kv.v2
    mount = {"mount_point": "ibmcloud/kv"}
    assert kv.create_or_update_secret(path=name, secret={"a": 1}, **mount)["data"]["version"] == 1
    kv.patch(path=name, secret={"b": 2}, **mount)
    read = kv.read_secret_version(path=name, raise_on_deleted_version=True, **mount)
    assert read["data"]["data"] == {"a": 1, "b": 2}
    assert ibm.read(f"ibmcloud/kv/secrets/{name}")["data"]["secret_data"] == {"payload": {"a": 1, "b": 2}}
    assert name in kv.list_secrets(path="", **mount)["data"]["keys"]
    kv.delete_metadata_and_all_versions(path=name, **mount)
    with pytest.raises(exceptions.InvalidPath):
        kv.read_secret_version(path=name, raise_on_deleted_version=True, **mount)


def test_ibms_own_client_gets_a_token_from_the_built_in_provider(daemon, ibm, name):
    # The first token of a device waits until it has made the key to sign with.
    keys = requests.get(f"{daemon.url}/identity/keys", timeout=300)
    if keys.status_code == 501:
        pytest.skip(keys.json()["errorMessage"])
    headers = {"X-Vault-Token": daemon.token}
    role = {"name": name, "roles": [{"role": "Reader"}]}
    service = requests.post(f"{daemon.url}/v1/serviceids", headers=headers, json=role, timeout=30).json()
    wanted = {"name": name, "iam_id": service["iam_id"]}
    key = requests.post(f"{daemon.url}/v1/apikeys", headers=headers, json=wanted, timeout=30).json()
    manager = IAMAuthenticator(key["apikey"], url=daemon.url).token_manager
    token = manager.get_token()
    auth = ibm.write_data("auth/ibmcloud/login", data={"token": token})["auth"]
    assert auth["policies"] == ["default", "instance-reader"]
    assert auth["metadata"]["user"] == service["iam_id"]
    requests.delete(f"{daemon.url}/v1/apikeys/{key['id']}", headers=headers, timeout=30).raise_for_status()
    with pytest.raises(ApiException, match="API key could not be found"):
        IAMAuthenticator(key["apikey"], url=daemon.url).token_manager.get_token()
