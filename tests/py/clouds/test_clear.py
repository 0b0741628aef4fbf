"""No credential and no byte of a key in the clear: not on the link to the device, in what the daemon logs in detail and
answers, or in any file of its."""

import base64
import os
import subprocess

import hvac
import pytest
from hvac import exceptions

from harness.devices import Device

from .azure import CLIENT, SECRET, TENANT
from .link import Tap, unstuffed
from .ministack import ACTIONS

# What each provider gets.
KEYS = {
    "awskms": ("aes256-gcm96", "encrypt,decrypt"),
    "azurekeyvault": ("rsa-2048", "sign"),
    "certificate": ("rsa-2048", "sign"),
    "gcpckms": ("aes256-gcm96", "encrypt,decrypt"),
    "pkcs11": ("ecdsa-p256", "sign"),
}


@pytest.fixture
def bodies(aws, azure, accounts, providers, name):
    user = aws.user(f"quiet-{name}", ACTIONS)
    certified = {"client_certificate_path": f"{accounts}/application.pem", "endpoint": azure.url, "authority": azure.url}
    return {
        **providers,
        "awskms": {**providers["awskms"], "credentials": user},
        "certificate": {
            **providers["azurekeyvault"],
            "credentials": {"tenant_id": TENANT, "client_id": CLIENT, **certified},
        },
    }


@pytest.fixture
def session(start, place, name):
    """A daemon, and a simulator behind somebody who listens."""
    data = place / f"quiet-{name}"
    data.mkdir()
    policy = [os.environ["CASEMATE_BIN"], "device", "key", "policy", "any"]
    subprocess.run(policy, env={**os.environ, "CASEMATE_DATA": str(data)}, check=True, capture_output=True)
    tap = Tap(data, data / "device.flash")
    running = start(data.name, device=Device(f"unix:{tap.path}"), RUST_LOG="debug")
    yield running, tap
    tap.stop()


def numbers(private):
    parts = private.private_numbers()
    return {"p": parts.p.to_bytes(128), "q": parts.q.to_bytes(128), "d": parts.d.to_bytes(256)}


def secrets_of(bodies, azure, google, token, name):
    """What must be nowhere."""
    held = [versions[0]["private"] for key, versions in azure.keys.items() if key.startswith(f"{name}-")]
    aes = [key["versions"]["1"]["private"] for key_name, key in google.keys.items() if key_name.startswith(f"{name}-")]
    assert len(held) == 2 and len(aes) == 1
    secrets = {
        "AWS's secret key": bodies["awskms"]["credentials"]["secret_key"].encode(),
        "Azure's client secret": SECRET.encode(),
        "Google's account key in PEM": google.account()["private_key"].splitlines()[1].encode(),
        "the certificate's key in PEM": azure.application.pem().splitlines()[-2].encode(),
        "an AES key": aes[0],
        "the PIN of the token": f"\x04{token['pin']}".encode(),
    }
    for what, key in {"Google's account key": google.account_key, "the certificate's key": azure.application.key}.items():
        secrets.update({f"{what}, {part}": value for part, value in numbers(key).items()})
    for number, key in enumerate(held):
        secrets.update({f"RSA key {number}, {part}": value for part, value in numbers(key).items()})
    secrets.update({f"a token of Azure {token[:4]}": token.encode() for token in azure.tokens})
    secrets.update({f"a token of Google {token[:4]}": token.encode() for token in google.tokens})
    return secrets


def in_a_form(part):
    """As `application/x-www-form-urlencoded` has it: all but letters and digits escaped."""
    return b"".join(bytes([byte]) if chr(byte).isascii() and chr(byte).isalnum() else b"%%%02X" % byte for byte in part)


def forms(secret):
    """All of it, or any of its parts of 32 bytes: a long one may be cut by the border of a frame."""
    parts = {secret, *(secret[start : start + 32] for start in range(0, len(secret) - 31, 32))}
    for part in parts:
        yield from (part, part.hex().encode(), part.hex().upper().encode(), in_a_form(part))
    if len(secret) >= 32:
        # Wherever it begins in a longer text, some of its middle is this.
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield from (encode(secret[skip : skip + 24]) for skip in range(3))


def found(secrets, content):
    return [what for what, secret in secrets.items() for form in forms(secret) if form in content]


def test_nothing_is_said_in_the_clear(session, bodies, azure, google, token, name):
    running, tap = session
    vault, answers = hvac.Client(url=running.url, token=running.token, timeout=300), []
    for provider, body in bodies.items():
        path, key = f"keymgmt/kms/{provider}", f"{name}-{provider}"
        type, purpose = KEYS[provider]
        vault.write_data(path, data=body)
        vault.write_data(f"keymgmt/key/{key}", data={"type": type})
        vault.write_data(f"{path}/key/{key}", data={"purpose": purpose})
        answers += [vault.read(path), vault.read(f"{path}/key/{key}"), vault.read(f"keymgmt/key/{key}")]
        wrong = {**body, "credentials": {**body["credentials"], "client_secret": SECRET + "x", "module": "/no/such"}}
        with pytest.raises(exceptions.VaultError) as raised:
            vault.write_data(path, data={**wrong, "key_collection": "elsewhere"})
        answers.append(str(raised.value))
    secrets = secrets_of(bodies, azure, google, token, name)
    running.stop()

    frames = list(tap.frames())
    assert all(len(said) > 10_000 for said in tap.said.values()) and len(frames) > 200
    assert any(unstuffed(frame) for frame in frames), "somebody listens"
    for frame in frames:
        assert not found(secrets, frame), "on the link"
    assert not found(secrets, repr(answers).encode())
    assert "distributed a version" in running.log()
    searched = 0
    for file in running.data.rglob("*"):
        if file.is_file() and file.name != "device.flash":
            searched += 1
            assert not found(secrets, file.read_bytes()), file
    assert searched >= 3


def test_the_search_finds_what_is_there():
    """Stuffed, in hexadecimal, in base64 behind other bytes: what the test above looks for, it would find."""
    secret = bytes(range(64)) * 2
    stuffed = b"\x01" + bytes([64]) + secret[1:64] + bytes([64]) + secret[65:]
    assert unstuffed(stuffed) == secret and b"\0" not in stuffed
    for content in (secret, secret.hex().encode(), base64.b64encode(b"xy" + secret), base64.urlsafe_b64encode(b"x" + secret)):
        assert found({"it": secret}, content), content
    assert found({"it": secret}, secret[40:110]), "a part will do"
    assert not found({"it": secret}, secret[:31])
