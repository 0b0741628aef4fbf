"""A PKCS#11 token as a provider: what is distributed signs and decrypts there, and fits our public key."""

import os

import pkcs11
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from hvac import exceptions
from pkcs11 import Mechanism, ObjectClass
from pkcs11.util.ec import encode_ecdsa_signature

HASHES = {"ecdsa-p256": hashes.SHA256(), "ecdsa-p384": hashes.SHA384(), "ecdsa-p521": hashes.SHA512()}


@pytest.fixture(scope="session")
def library(token):
    os.environ.update(token["environment"])
    return pkcs11.lib(token["module"])


@pytest.fixture
def session(library, token):
    library.reinitialize()
    with library.get_token(token_label=token["label"]).open(user_pin=token["pin"]) as session:
        yield session


@pytest.fixture
def provider(vault, token, name):
    path = f"keymgmt/kms/token-{name}"
    credentials = [f"{field}={token[field]}" for field in ("module", "pin")]
    vault.write_data(path, data={"provider": "pkcs11", "key_collection": token["label"], "credentials": credentials})
    return path


def distribute(vault, provider, name, type, purpose):
    vault.write_data(f"keymgmt/key/{name}", data={"type": type})
    vault.write_data(f"{provider}/key/{name}", data={"purpose": purpose})
    there = vault.read(f"{provider}/key/{name}")["data"]
    key = vault.read(f"keymgmt/key/{name}")["data"]["versions"]
    public = {version: shown.get("public_key", "").encode() for version, shown in key.items()}
    return there, public


def objects(session, there, version, kind):
    return list(session.get_objects({pkcs11.Attribute.ID: bytes.fromhex(there["versions"][version]), pkcs11.Attribute.CLASS: kind}))


@pytest.mark.parametrize("type", HASHES)
def test_a_key_on_a_curve_signs_there(vault, provider, session, name, type):
    there, public = distribute(vault, provider, name, type, "sign,verify")
    [key] = objects(session, there, "1", ObjectClass.PRIVATE_KEY)
    assert key.label == f"{there['name']} v1"
    assert not key[pkcs11.Attribute.EXTRACTABLE] and key[pkcs11.Attribute.SENSITIVE]
    digest = hashes.Hash(HASHES[type])
    digest.update(b"message")
    digest = digest.finalize()
    signature = key.sign(digest, mechanism=Mechanism.ECDSA)
    ours = serialization.load_pem_public_key(public["1"])
    ours.verify(encode_ecdsa_signature(signature), digest, ec.ECDSA(utils.Prehashed(HASHES[type])))
    [theirs] = objects(session, there, "1", ObjectClass.PUBLIC_KEY)
    assert theirs.verify(digest, signature, mechanism=Mechanism.ECDSA)


def test_an_rsa_key_does_what_it_is_for(vault, provider, session, name):
    there, public = distribute(vault, provider, name, "rsa-2048", ["sign", "decrypt"])
    assert there["purpose"] == "decrypt,sign"
    [key] = objects(session, there, "1", ObjectClass.PRIVATE_KEY)
    ours = serialization.load_pem_public_key(public["1"])
    signature = key.sign(b"message", mechanism=Mechanism.SHA256_RSA_PKCS)
    ours.verify(signature, b"message", padding.PKCS1v15(), hashes.SHA256())
    sealed = ours.encrypt(b"once", padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None))
    assert key.decrypt(sealed, mechanism=Mechanism.RSA_PKCS_OAEP) == b"once"
    assert not key[pkcs11.Attribute.UNWRAP]


def test_versions_follow_the_key(vault, provider, session, name):
    there, _ = distribute(vault, provider, name, "aes256-gcm96", "encrypt,decrypt")
    vault.write_data(f"keymgmt/key/{name}/rotate")
    there = vault.read(f"{provider}/key/{name}")["data"]
    first, second = (objects(session, there, version, ObjectClass.SECRET_KEY)[0] for version in ("1", "2"))
    iv = bytes(16)
    assert first.encrypt(b"x" * 16, mechanism_param=iv) != second.encrypt(b"x" * 16, mechanism_param=iv)
    vault.write_data(f"keymgmt/key/{name}", data={"min_enabled_version": 2})
    assert not first[pkcs11.Attribute.ENCRYPT] and second[pkcs11.Attribute.ENCRYPT]
    with pytest.raises(pkcs11.exceptions.PKCS11Error):
        first.encrypt(b"x" * 16, mechanism_param=iv)
    vault.write_data(f"keymgmt/key/{name}", data={"min_enabled_version": 1})
    assert first[pkcs11.Attribute.ENCRYPT] and first[pkcs11.Attribute.DECRYPT]
    vault.delete(f"{provider}/key/{name}")
    assert objects(session, there, "1", ObjectClass.SECRET_KEY) == objects(session, there, "2", ObjectClass.SECRET_KEY) == []
    assert list(session.get_objects({pkcs11.Attribute.LABEL: "casemate transport"})) == []


def test_a_wrong_pin_is_said(vault, token, provider, name):
    vault.write_data(provider, data={"provider": "pkcs11", "credentials": {"module": token["module"], "pin": "999999"}})
    vault.write_data(f"keymgmt/key/{name}", data={"type": "ecdsa-p256"})
    with pytest.raises(exceptions.VaultError, match="refused the PIN") as raised:
        vault.write_data(f"{provider}/key/{name}", data={"purpose": "sign"})
    assert "999999" not in str(raised.value)
    assert vault.read(provider)["data"]["unfinished"] == [name]
    vault.write_data(provider, data={"provider": "pkcs11", "credentials": {"module": token["module"], "pin": token["pin"]}})
    vault.write_data(f"{provider}/key/{name}", data={"purpose": "sign"})
    assert "unfinished" not in vault.read(provider)["data"]


def test_modules_are_named_by_the_operator(vault, name):
    with pytest.raises(exceptions.InvalidRequest, match="pkcs11-modules"):
        credentials = {"module": "/tmp/evil.so", "pin": "1234"}
        vault.write_data(f"keymgmt/kms/{name}", data={"provider": "pkcs11", "key_collection": "x", "credentials": credentials})
