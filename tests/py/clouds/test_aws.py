"""AWS KMS, in the person of MiniStack with its checks on."""

import time

import pytest
from hvac import exceptions

from .ministack import REGION


@pytest.fixture
def provider(vault, user, name):
    path = f"keymgmt/kms/aws-{name}"
    vault.write_data(path, data={"provider": "awskms", "key_collection": REGION, "credentials": user})
    yield path


def make(vault, name, type="aes256-gcm96"):
    vault.write_data(f"keymgmt/key/{name}", data={"type": type})
    return f"keymgmt/key/{name}"


def distribute(vault, provider, name):
    vault.write_data(f"{provider}/key/{name}", data={"purpose": "encrypt,decrypt", "protection": "hsm"})
    return vault.read(f"{provider}/key/{name}")["data"]


def states(aws, there):
    kms = aws.client("kms")
    return {version: kms.describe_key(KeyId=id)["KeyMetadata"]["KeyState"] for version, id in there["versions"].items()}


def test_a_key_lives_at_aws(vault, aws, provider, name):
    key = make(vault, name)
    before = int(time.time())
    there = distribute(vault, provider, name)
    assert there["purpose"] == "decrypt,encrypt" and there["protection"] == "hsm"
    seconds = int(there["name"].removeprefix(f"{name}-"))
    assert before <= seconds <= time.time()
    assert there["distribution_time"].startswith(time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)))
    assert vault.list(f"{key}/kms")["data"]["keys"] == [provider.rsplit("/", 1)[1]]
    assert vault.list(f"{provider}/key")["data"]["keys"] == [name]

    kms, alias = aws.client("kms"), f"alias/hashicorp/{there['name']}"
    sealed = kms.encrypt(KeyId=alias, Plaintext=b"once")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed, KeyId=alias)["Plaintext"] == b"once"
    tags = kms.list_resource_tags(KeyId=there["versions"]["1"])["Tags"]
    assert {"TagKey": "key_name", "TagValue": there["name"]} in tags

    vault.write_data(f"{key}/rotate")
    rotated = vault.read(f"{provider}/key/{name}")["data"]
    assert rotated["versions"]["1"] == there["versions"]["1"] and list(rotated["versions"]) == ["1", "2"]
    aliases = kms.list_aliases(KeyId=rotated["versions"]["2"])["Aliases"]
    assert [found["AliasName"] for found in aliases] == [alias]
    assert states(aws, rotated) == {"1": "Enabled", "2": "Enabled"}

    vault.write_data(key, data={"min_enabled_version": 2})
    assert states(aws, rotated) == {"1": "Disabled", "2": "Enabled"}
    vault.write_data(key, data={"min_enabled_version": 0})
    assert states(aws, rotated) == {"1": "Enabled", "2": "Enabled"}

    vault.write_data(key, data={"deletion_allowed": True})
    with pytest.raises(exceptions.InvalidRequest, match="distributed to"):
        vault.delete(key)
    with pytest.raises(exceptions.InvalidRequest, match="remove them first"):
        vault.delete(provider)
    vault.delete(f"{provider}/key/{name}")
    assert set(states(aws, rotated).values()) == {"PendingDeletion"}
    assert vault.read(f"{provider}/key/{name}") is None and vault.list(f"{key}/kms") is None
    again = distribute(vault, provider, name)
    assert again["name"] != there["name"] and set(again["versions"].values()).isdisjoint(rotated["versions"].values())
    vault.delete(f"{provider}/key/{name}")
    vault.delete(key)
    vault.delete(provider)
    assert vault.read(provider) is None


def test_a_key_is_replicated(vault, aws, provider, name):
    regions = ["eu-west-1", "us-west-2"]
    vault.write_data(f"keymgmt/key/{name}", data={"type": "aes256-gcm96", "replica_regions": ",".join(regions)})
    assert vault.read(f"keymgmt/key/{name}")["data"]["replica_regions"] == regions
    there = distribute(vault, provider, name)
    vault.write_data(f"{provider}/key/{name}/replicate")
    vault.write_data(f"keymgmt/key/{name}/rotate")
    there = vault.read(f"{provider}/key/{name}")["data"]
    for id in there["versions"].values():
        sealed = aws.client("kms").encrypt(KeyId=id, Plaintext=b"once")["CiphertextBlob"]
        for region in regions:
            replica = aws.client("kms", region)
            metadata = replica.describe_key(KeyId=id)["KeyMetadata"]
            assert metadata["MultiRegion"] and metadata["KeyState"] == "Enabled" and metadata["Origin"] == "EXTERNAL"
            assert replica.decrypt(CiphertextBlob=sealed, KeyId=id)["Plaintext"] == b"once"
    vault.delete(f"{provider}/key/{name}")
    for id in there["versions"].values():
        for region in regions:
            assert aws.client("kms", region).describe_key(KeyId=id)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_only_what_has_regions_is_replicated(vault, provider, name):
    make(vault, name)
    distribute(vault, provider, name)
    with pytest.raises(exceptions.InvalidRequest, match="does not have replica_regions"):
        vault.write_data(f"{provider}/key/{name}/replicate")
