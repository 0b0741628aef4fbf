"""Azure Key Vault: the fake does what Azure's own client expects, and the daemon does what the fake expects."""

import json
import os

import pytest
from azure.core.credentials import AccessToken
from azure.keyvault.keys import JsonWebKey, KeyClient, KeyOperation, KeyType
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hvac import exceptions

from .azure import CLIENT, SECRET, TENANT, decoded, encoded, failure

DER = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def provider(vault, azure, name):
    path = f"keymgmt/kms/azure-{name}"
    credentials = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": SECRET}
    overrides = {"endpoint": azure.url, "authority": azure.url}
    body = {"provider": "azurekeyvault", "key_collection": "a-vault", "credentials": {**credentials, **overrides}}
    vault.write_data(path, data=body)
    return path


@pytest.fixture
def client(azure):
    """Azure's own, which has got its token elsewhere."""

    class Credential:
        def get_token(self, *_, **__):
            azure.tokens.add("the client's")
            return AccessToken("the client's", 4_000_000_000)

    verify = {"verify_challenge_resource": False, "connection_verify": str(azure.certificate)}
    return KeyClient(azure.url, Credential(), **verify)


def versions_are(vault, azure, name, there):
    """What the vault holds are our keys: compared by their public keys."""
    ours = vault.read(f"keymgmt/key/{name}")["data"]["versions"]
    for held in azure.keys[there["name"]]:
        [number] = [number for number, id in there["versions"].items() if id == held["version"]]
        if number in ours:
            public = serialization.load_pem_public_key(ours[number]["public_key"].encode())
            assert held["private"].public_key().public_bytes(*DER) == public.public_bytes(*DER)


def test_the_fake_takes_a_key_from_azures_client(azure, client):
    exchange = client.create_rsa_key("kek", size=2048, hardware_protected=True, key_operations=[KeyOperation.import_key])
    public = rsa.RSAPublicNumbers(int.from_bytes(exchange.key.e), int.from_bytes(exchange.key.n)).public_key()
    key = rsa.generate_private_key(65537, 2048)
    pkcs8 = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    between = os.urandom(32)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    wrapped = public.encrypt(between, oaep) + keywrap.aes_key_wrap_with_padding(between, pkcs8)
    blob = {
        "schema_version": "1.0.0",
        "header": {"kid": exchange.id, "alg": "dir", "enc": "CKM_RSA_AES_KEY_WRAP"},
        "ciphertext": encoded(wrapped),
        "generator": "a test",
    }
    material = JsonWebKey(kty=KeyType.rsa_hsm, key_ops=["sign", "verify"], t=json.dumps(blob).encode())
    imported = client.import_key("brought", material, tags={"a": "b"})
    assert int.from_bytes(imported.key.n) == key.public_key().public_numbers().n
    client.update_key_properties("brought", imported.properties.version, enabled=False)
    assert not client.get_key("brought").properties.enabled
    azure.delete("kek")
    assert azure.complaints == []


@pytest.mark.parametrize("type", ["rsa-2048", "rsa-3072"])
def test_a_key_lives_at_azure(vault, azure, provider, name, type):
    key = f"keymgmt/key/{name}"
    vault.write_data(key, data={"type": type})
    vault.write_data(f"{provider}/key/{name}", data={"purpose": "wrap,unwrap,sign,verify"})
    there = vault.read(f"{provider}/key/{name}")["data"]
    assert there["purpose"] == "sign,unwrap,verify,wrap"
    [held] = azure.keys[there["name"]]
    assert set(held["operations"]) == {"wrapKey", "unwrapKey", "sign", "verify"} and held["tags"]["key_name"] == there["name"]
    versions_are(vault, azure, name, there)
    vault.write_data(f"{key}/rotate")
    there = vault.read(f"{provider}/key/{name}")["data"]
    assert len(azure.keys[there["name"]]) == 2
    versions_are(vault, azure, name, there)
    vault.write_data(key, data={"min_enabled_version": 2})
    assert [held["enabled"] for held in azure.keys[there["name"]]] == [False, True]
    vault.write_data(key, data={"min_enabled_version": 1})
    assert [held["enabled"] for held in azure.keys[there["name"]]] == [True, True]
    assert azure.exchange == {}, "key exchange keys are deleted"
    vault.delete(f"{provider}/key/{name}")
    assert there["name"] in azure.deleted and vault.read(f"{provider}/key/{name}") is None
    vault.delete(provider)


def test_a_wrong_secret_is_azures_error(vault, azure, provider, name):
    credentials = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": "not it"}
    overrides = {"endpoint": azure.url, "authority": azure.url}
    vault.write_data(provider, data={"provider": "azurekeyvault", "credentials": {**credentials, **overrides}})
    vault.write_data(f"keymgmt/key/{name}", data={"type": "rsa-2048"})
    with pytest.raises(exceptions.InternalServerError, match="invalid_client.*AADSTS7000215") as raised:
        vault.write_data(f"{provider}/key/{name}", data={"purpose": "sign"})
    assert "not it" not in str(raised.value)
    credentials["client_secret"] = SECRET
    vault.write_data(provider, data={"provider": "azurekeyvault", "credentials": {**credentials, **overrides}})
    vault.write_data(f"{provider}/key/{name}", data={"purpose": "sign"})
    assert list(vault.read(f"{provider}/key/{name}")["data"]["versions"]) == ["1"]


def test_an_import_that_broke_off_is_found(vault, azure, provider, name):
    """Azure takes the key in, and its answer gets lost."""
    vault.write_data(f"keymgmt/key/{name}", data={"type": "rsa-2048"})
    bring, lost = azure.bring, []

    def bring_and_break(name, body):
        lost.append(bring(name, body))
        raise failure(500, "InternalServerError")

    azure.bring = bring_and_break
    with pytest.raises(exceptions.InternalServerError, match="InternalServerError"):
        vault.write_data(f"{provider}/key/{name}", data={"purpose": "sign"})
    azure.bring = bring
    assert vault.read(provider)["data"]["unfinished"] == [name]
    vault.write_data(f"{provider}/key/{name}", data={"purpose": "sign"})
    there = vault.read(f"{provider}/key/{name}")["data"]
    assert len(azure.keys[there["name"]]) == len(lost) == 1 and azure.exchange == {}
    versions_are(vault, azure, name, there)


def test_a_key_exchange_key_that_stays_is_listed(vault, azure, provider, name):
    vault.write_data(f"keymgmt/key/{name}", data={"type": "rsa-2048"})
    delete = azure.delete

    def refuse(name):
        raise failure(403, "Forbidden", "no delete permission")

    azure.delete = refuse
    vault.write_data(f"{provider}/key/{name}", data={"purpose": "sign"})
    azure.delete = delete
    [left] = vault.read(provider)["data"]["leftovers"]
    assert list(azure.exchange)[0] in left["what"] and "Forbidden" in left["what"]
    azure.exchange.clear()


def test_names_that_azure_has_not(vault, provider, name):
    vault.write_data(f"keymgmt/key/{name}_x", data={"type": "rsa-2048"})
    with pytest.raises(exceptions.InvalidRequest, match="hyphens"):
        vault.write_data(f"{provider}/key/{name}_x", data={"purpose": "sign"})
    assert vault.list(f"{provider}/key") is None
