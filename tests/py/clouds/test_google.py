"""Google Cloud KMS: the fake does what Google's own client expects, and the daemon does what the fake expects."""

import hashlib
import json
import os

import pytest
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from google.auth.credentials import AnonymousCredentials
from google.cloud.kms_v1 import KeyManagementServiceClient
from google.cloud.kms_v1.services.key_management_service.transports.rest import KeyManagementServiceRestTransport as Rest
from hvac import exceptions

from .google import RING, failure
from .ministack import REGION

DER = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def provider(vault, google, place, name):
    path = f"keymgmt/kms/google-{name}"
    credentials = {"service_account_file": f"{place}/accounts/casemate.json", "endpoint": google.url}
    vault.write_data(path, data={"provider": "gcpckms", "key_collection": RING, "credentials": credentials})
    return path


@pytest.fixture
def client(google):
    """Google's own, over REST."""
    google.open = True
    transport = Rest(host=google.url.removeprefix("https://"), credentials=AnonymousCredentials())
    # What the environment says of authorities would go first.
    transport._session.trust_env, transport._session.verify = False, str(google.certificate)
    yield KeyManagementServiceClient(transport=transport)
    google.open = False


def test_the_fake_takes_a_key_from_googles_client(google, client):
    job = client.create_import_job(
        parent=RING, import_job_id="job", import_job={"import_method": "RSA_OAEP_3072_SHA256_AES_256", "protection_level": "HSM"}
    )
    while job.state.name != "ACTIVE":
        job = client.get_import_job(name=job.name)
    template = {"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protection_level": "HSM"}
    key = {"purpose": "ENCRYPT_DECRYPT", "version_template": template, "import_only": True}
    made = client.create_crypto_key(
        request={"parent": RING, "crypto_key_id": "brought", "crypto_key": key, "skip_initial_version_creation": True}
    )
    public = serialization.load_pem_public_key(job.public_key.pem.encode())
    material, between = os.urandom(32), os.urandom(32)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    wrapped = public.encrypt(between, oaep) + keywrap.aes_key_wrap_with_padding(between, material)
    version = client.import_crypto_key_version(
        request={"parent": made.name, "algorithm": template["algorithm"], "import_job": job.name, "wrapped_key": wrapped}
    )
    while version.state.name != "ENABLED":
        version = client.get_crypto_key_version(name=version.name)
    assert google.keys["brought"]["versions"]["1"]["private"] == material
    assert client.update_crypto_key_primary_version(name=made.name, crypto_key_version_id="1").primary.name == version.name
    version.state = "DISABLED"
    assert client.update_crypto_key_version(crypto_key_version=version, update_mask="state").state.name == "DISABLED"
    assert client.destroy_crypto_key_version(name=version.name).state.name == "DESTROY_SCHEDULED"


@pytest.mark.parametrize(
    "type, purpose, protection, algorithm",
    [
        ("aes256-gcm96", "encrypt,decrypt", "hsm", "GOOGLE_SYMMETRIC_ENCRYPTION"),
        ("rsa-2048", "decrypt", "software", "RSA_DECRYPT_OAEP_2048_SHA256"),
        ("rsa-2048", "sign", "hsm", "RSA_SIGN_PSS_2048_SHA256"),
        ("ecdsa-p256", "sign", "hsm", "EC_SIGN_P256_SHA256"),
        ("ecdsa-p384", "sign", "software", "EC_SIGN_P384_SHA384"),
    ],
)
def test_a_key_lives_at_google(vault, google, provider, name, type, purpose, protection, algorithm):
    key = f"keymgmt/key/{name}"
    vault.write_data(key, data={"type": type})
    vault.write_data(f"{provider}/key/{name}", data={"purpose": purpose, "protection": protection})
    vault.write_data(f"{key}/rotate")
    there = vault.read(f"{provider}/key/{name}")["data"]
    assert there["versions"] == {"1": "1", "2": "2"} and there["protection"] == protection
    held = google.keys[there["name"]]
    assert (held["algorithm"], held["level"], held["import_only"]) == (algorithm, protection.upper(), True)
    assert held["primary"] == ("2" if type == "aes256-gcm96" else None)
    for number, version in vault.read(key)["data"]["versions"].items():
        if "public_key" in version:
            public = serialization.load_pem_public_key(version["public_key"].encode())
            assert held["versions"][number]["private"].public_key().public_bytes(*DER) == public.public_bytes(*DER)
    vault.write_data(key, data={"min_enabled_version": 2})
    assert [version["state"] for version in held["versions"].values()] == ["DISABLED", "ENABLED"]
    vault.write_data(key, data={"min_enabled_version": 1})
    assert [version["state"] for version in held["versions"].values()] == ["ENABLED", "ENABLED"]
    vault.delete(f"{provider}/key/{name}")
    assert {version["state"] for version in held["versions"].values()} == {"DESTROY_SCHEDULED"}


def test_aws_has_the_devices_key(vault, aws, user, google, provider, name):
    """What the emulated AWS KMS encrypts opens with the key that the device then gives to another provider."""
    aws_path, key = f"keymgmt/kms/aws-{name}", f"keymgmt/key/{name}"
    vault.write_data(aws_path, data={"provider": "awskms", "key_collection": REGION, "credentials": user})
    vault.write_data(key, data={"type": "aes256-gcm96"})
    vault.write_data(f"{aws_path}/key/{name}", data={"purpose": "encrypt,decrypt"})
    there = vault.read(f"{aws_path}/key/{name}")["data"]
    alias = f"alias/hashicorp/{there['name']}"
    sealed = aws.client("kms").encrypt(KeyId=alias, Plaintext=b"once upon a time")["CiphertextBlob"]
    vault.delete(f"{aws_path}/key/{name}")
    vault.write_data(f"{provider}/key/{name}", data={"purpose": "encrypt,decrypt"})
    there = vault.read(f"{provider}/key/{name}")["data"]
    material = google.keys[there["name"]]["versions"]["1"]["private"]
    # MiniStack's envelope: key id (36), hash of the context (32), nonce (16), XOR with what SHA-256 makes of key and nonce.
    nonce, body = sealed[68:84], sealed[84:]
    stream = hashlib.sha256(hashlib.sha256(material + b"{}" + nonce).digest() + bytes(4)).digest()
    assert bytes(a ^ b for a, b in zip(body, stream)) == b"once upon a time"


def test_service_accounts_are_in_one_directory(vault, google, place, name):
    (place / "elsewhere.json").write_text(json.dumps(google.account()))
    for path in (f"{place}/elsewhere.json", f"{place}/accounts/../elsewhere.json", "/etc/passwd"):
        with pytest.raises(exceptions.InvalidRequest, match="service-accounts") as raised:
            body = {"provider": "gcpckms", "key_collection": RING, "credentials": {"service_account_file": path}}
            vault.write_data(f"keymgmt/kms/{name}", data=body)
        assert "root:" not in str(raised.value)
    assert vault.read(f"keymgmt/kms/{name}") is None


def test_an_import_that_broke_off_is_found(vault, google, provider, name):
    vault.write_data(f"keymgmt/key/{name}", data={"type": "ecdsa-p256"})
    bring = google.bring

    def bring_and_break(name, body):
        bring(name, body)
        raise failure(503, "UNAVAILABLE", "try again")

    google.bring = bring_and_break
    with pytest.raises(exceptions.InternalServerError, match="UNAVAILABLE"):
        vault.write_data(f"{provider}/key/{name}", data={"purpose": "sign"})
    google.bring = bring
    vault.write_data(f"{provider}/key/{name}", data={"purpose": "sign"})
    there = vault.read(f"{provider}/key/{name}")["data"]
    assert list(google.keys[there["name"]]["versions"]) == ["1"] and there["versions"] == {"1": "1"}


def test_names_that_google_has_not(vault, provider):
    for name in ("with.dot", "a" * 53):
        vault.write_data(f"keymgmt/key/{name}", data={"type": "ecdsa-p256"})
        with pytest.raises(exceptions.InvalidRequest, match="63 letters"):
            vault.write_data(f"{provider}/key/{name}", data={"purpose": "sign"})
