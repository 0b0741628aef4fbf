"""OpenSSL's command line agrees with the device on what was wrapped, for each provider and each type of key it takes."""

import base64
import json
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hvac import exceptions

from .ministack import REGION
from .proxy import Proxy

DER = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


class OpenSsl:
    def __init__(self, directory):
        self.directory = directory

    def run(self, *arguments, data=b""):
        (self.directory / "in").write_bytes(data)
        subprocess.run(["openssl", *arguments, "-in", "in", "-out", "out"], cwd=self.directory, check=True, capture_output=True)
        return (self.directory / "out").read_bytes()

    def oaep(self, private, hash, blob):
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self.directory / "key").write_bytes(pem)
        options = ["rsa_padding_mode:oaep", f"rsa_oaep_md:{hash}", f"rsa_mgf1_md:{hash}"]
        options = [part for option in options for part in ("-pkeyopt", option)]
        return self.run("pkeyutl", "-decrypt", "-inkey", "key", *options, data=blob)

    def unwrap(self, private, hash, blob):
        size = private.key_size // 8
        between = self.oaep(private, hash, blob[:size]).hex()
        return self.run("enc", "-d", "-id-aes256-wrap-pad", "-K", between, "-iv", "A65959A6", data=blob[size:])

    def public(self, pkcs8):
        return self.run("pkey", "-inform", "DER", "-pubout", "-outform", "DER", data=pkcs8)


@pytest.fixture
def openssl(tmp_path):
    return OpenSsl(tmp_path)


@pytest.fixture
def distribute(vault, keys, providers, name):
    """Brings the key of a type to a new provider; answers its public key and what it is called there, and removes it."""
    undo = []

    def distribute(body, type, purpose):
        key, path = keys(type), f"keymgmt/kms/{name}"
        vault.write_data(path, data=body)
        there = f"{path}/key/{key.rsplit('/', 1)[1]}"
        undo.append(there)
        vault.write_data(there, data={"purpose": purpose})
        pem = vault.read(key)["data"]["versions"]["1"].get("public_key")
        public = serialization.load_pem_public_key(pem.encode()).public_bytes(*DER) if pem else None
        return public, vault.read(there)["data"]

    yield distribute
    for there in undo:
        vault.delete(there)


@pytest.mark.parametrize("type", ["rsa-2048", "rsa-3072", "rsa-4096"])
def test_azure(azure, openssl, providers, distribute, type):
    used = {}
    delete = azure.delete

    def keep(exchange):
        used.update(azure.exchange)
        return delete(exchange)

    azure.delete = keep
    public, there = distribute(providers["azurekeyvault"], type, "sign")
    azure.delete = delete
    [held] = azure.keys[there["name"]]
    [(_, private)] = used.values()
    assert openssl.public(openssl.unwrap(private, "sha1", held["wrapped"])) == public


@pytest.mark.parametrize(
    "type, purpose",
    [
        ("aes256-gcm96", "encrypt,decrypt"),
        ("rsa-2048", "sign"),
        ("rsa-3072", "sign"),
        ("rsa-4096", "decrypt"),
        ("ecdsa-p256", "sign"),
        ("ecdsa-p384", "sign"),
    ],
)
def test_google(google, openssl, providers, distribute, type, purpose):
    jobs = set(google.jobs)
    public, there = distribute(providers["gcpckms"], type, purpose)
    [job] = set(google.jobs) - jobs
    held = google.keys[there["name"]]["versions"]["1"]
    material = openssl.unwrap(google.jobs[job]["private"], "sha256", held["wrapped"])
    assert (len(material) == 32) if public is None else (openssl.public(material) == public)


@pytest.mark.parametrize(
    "type, purpose",
    [
        ("aes256-gcm96", "encrypt,decrypt"),
        ("rsa-2048", "sign"),
        ("rsa-3072", "decrypt"),
        ("rsa-4096", "sign"),
        ("ecdsa-p256", "sign"),
        ("ecdsa-p384", "sign"),
        ("ecdsa-p521", "sign"),
    ],
)
def test_token(witness, openssl, providers, distribute, type, purpose):
    """What the token is given to unwrap, and the key that it unwraps it with: see witness.c."""
    body, blobs = providers["pkcs11"], witness.parent / "blobs"
    blobs.touch()
    public, _ = distribute({**body, "credentials": {**body["credentials"], "module": str(witness)}}, type, purpose)
    first, second = (line.split() for line in blobs.read_text().splitlines())
    blobs.unlink()
    modulus, exponent, p, q = (int(number, 16) for number in first[:4])
    inverse, (dp, dq) = rsa.rsa_crt_iqmp(p, q), (exponent % (prime - 1) for prime in (p, q))
    numbers = rsa.RSAPrivateNumbers(p, q, exponent, dp, dq, inverse, rsa.RSAPublicNumbers(65537, modulus))
    material = openssl.unwrap(numbers.private_key(), "sha1", bytes.fromhex(first[4] + second[0]))
    assert (len(material) == 32) if public is None else (openssl.public(material) == public)


def test_aws(vault, aws, user, openssl, name):
    """Between the daemon and AWS stands one with an import key of his own, who wraps anew what he has opened."""
    proxy = Proxy(aws.url)
    own, seen = rsa.generate_private_key(65537, 4096), []

    def exchange(operation, body, answer):
        if operation == "GetParametersForImport":
            answer = json.loads(answer)
            exchange.theirs = serialization.load_der_public_key(base64.b64decode(answer["PublicKey"]))
            assert (body["WrappingAlgorithm"], body["WrappingKeySpec"]) == ("RSAES_OAEP_SHA_256", "RSA_4096")
            answer["PublicKey"] = base64.b64encode(own.public_key().public_bytes(*DER)).decode()
            answer = json.dumps(answer).encode()
        return answer

    def look(operation, body):
        if operation == "ImportKeyMaterial":
            blob = base64.b64decode(body["EncryptedKeyMaterial"])
            seen.append((len(blob), openssl.oaep(own, "sha256", blob)))
            oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
            aws_blob = exchange.theirs.encrypt(seen[-1][1], oaep)
            # As the account's owner: the daemon's signature covers the other body.
            kms = aws.client("kms")
            token = base64.b64decode(body["ImportToken"])
            model = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
            kms.import_key_material(KeyId=body["KeyId"], ImportToken=token, EncryptedKeyMaterial=aws_blob, **model)

    proxy.after, proxy.before = exchange, look
    credentials = {**user, "endpoint": proxy.url}
    vault.write_data(f"keymgmt/kms/{name}", data={"provider": "awskms", "key_collection": REGION, "credentials": credentials})
    vault.write_data(f"keymgmt/key/{name}", data={"type": "aes256-gcm96"})
    # AWS has used the token already; what matters has been seen.
    with pytest.raises(exceptions.InternalServerError):
        vault.write_data(f"keymgmt/kms/{name}/key/{name}", data={"purpose": "encrypt,decrypt"})
    proxy.stop()
    [(length, material)] = seen[:1]
    assert (length, len(material)) == (512, 32)
