"""Key management through hvac, unchanged: it has no calls for it, so people read, write, list and delete paths."""

import uuid

import hvac
import pytest
from hvac import exceptions


@pytest.fixture
def vault(daemon):
    client = hvac.Client(url=daemon.url, token=daemon.token)
    try:
        client.write_data("keymgmt/key/probe", data={"type": "ecdsa-p256"})
    except exceptions.VaultError as error:
        if "can't make keys" in str(error):
            pytest.skip(str(error))
        raise
    return client


def test_a_key_lives_through_its_versions(vault):
    name = f"smoke-{uuid.uuid4()}"
    path = f"keymgmt/key/{name}"
    vault.write_data(path, data={"type": "ecdsa-p256"})
    vault.write_data(f"{path}/rotate")
    key = vault.read(path)["data"]
    assert (key["type"], key["latest_version"], sorted(key["versions"])) == ("ecdsa-p256", 2, ["1", "2"])
    assert key["versions"]["1"]["public_key"].startswith("-----BEGIN PUBLIC KEY-----")
    assert name in vault.list("keymgmt/key")["data"]["keys"]
    vault.write_data(path, data={"min_enabled_version": 2, "deletion_allowed": True})
    assert list(vault.read(path)["data"]["versions"]) == ["2"]
    vault.delete(path)
    assert vault.read(path) is None


def test_mounts_are_made_and_go(vault):
    path = f"smoke-{uuid.uuid4()}"
    vault.sys.enable_secrets_engine("keymgmt", path=path)
    assert vault.sys.list_mounted_secrets_engines()["data"][f"{path}/"]["type"] == "keymgmt"
    vault.write_data(f"{path}/key/app", data={"type": "aes256-gcm96"})
    with pytest.raises(exceptions.InvalidRequest, match="deletion_allowed"):
        vault.delete(f"{path}/key/app")
    vault.sys.disable_secrets_engine(path)
    assert vault.read(f"{path}/key/app") is None
