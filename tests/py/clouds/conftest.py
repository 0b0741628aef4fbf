"""A daemon whose device lets keys leave, wrapped, and what it distributes them to."""

import json
import os
import subprocess
import tempfile
import uuid
from pathlib import Path

import hvac
import pytest

from harness.daemon import Daemon
from harness.devices import KINDS, softhsm

from .azure import CLIENT, SECRET, TENANT, Azure
from .google import RING, Google
from .ministack import ACTIONS, REGION, SEARCH, MiniStack


@pytest.fixture(scope="session")
def place():
    with tempfile.TemporaryDirectory(prefix="casemate-") as directory:
        yield Path(directory)


@pytest.fixture(scope="session")
def token(place):
    """A token to distribute to: its module, label, PIN, and the environment that finds it."""
    directory = place / "target"
    directory.mkdir()
    with softhsm(directory) as device:
        yield {
            "module": os.environ["SOFTHSM2_MODULE"],
            "label": "casemate",
            "pin": (directory / "pin").read_text(),
            "environment": device.environment,
        }


@pytest.fixture(scope="session")
def witness(place, token):
    """What stands before the token's module, and may end the daemon or write down what it unwraps: see witness.c."""
    directory = place / "witness"
    directory.mkdir()
    (directory / "module").symlink_to(token["module"])
    library, source = directory / "witness.so", Path(__file__).with_name("witness.c")
    subprocess.run(["cc", "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.fixture(scope="session")
def accounts(place):
    path = place / "accounts"
    path.mkdir()
    return path


@pytest.fixture(scope="session")
def settings(place, token, witness, accounts, aws, azure, google):
    path = place / "casemate.toml"
    endpoints = json.dumps([aws.url, azure.url, google.url])
    modules = json.dumps([token["module"], str(witness)])
    path.write_text(f'[kms]\npkcs11-modules = {modules}\nservice-accounts = "{accounts}"\nendpoints = {endpoints}\n')
    return path


@pytest.fixture(scope="session")
def azure(place, accounts):
    running = Azure(place)
    (accounts / "application.pem").write_text(running.application.pem())
    yield running
    running.stop()


@pytest.fixture(scope="session")
def google(place, accounts):
    running = Google(place)
    (accounts / "casemate.json").write_text(json.dumps(running.account()))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def authorities(place, azure, google):
    """The certificates of the fakes, which the daemon is to trust."""
    path = place / "authorities.pem"
    path.write_text(azure.certificate.read_text() + google.certificate.read_text())
    return path


@pytest.fixture(scope="session")
def device(request, place):
    directory = place / "device"
    directory.mkdir()
    with KINDS[request.config.getoption("backend")](directory) as device:
        yield device


@pytest.fixture(scope="session")
def start(place, device, settings, token, witness, authorities):
    """Starts a daemon on a data directory, whose device lets keys leave to anybody who has a public key."""

    def start(name, device=device, **environment):
        data = place / name
        if not data.exists():
            data.mkdir()
            if device.address == "sim:":
                command = [os.environ["CASEMATE_BIN"], "device", "key", "policy", "any"]
                subprocess.run(command, env={**os.environ, "CASEMATE_DATA": str(data)}, check=True, capture_output=True)
        trusted = {"SSL_CERT_FILE": str(authorities), "WITNESS": str(witness.parent)}
        return Daemon(device, data, settings, {**token["environment"], **trusted, **environment})

    return start


@pytest.fixture(scope="session")
def providers(place, azure, google, user, token):
    """What makes a provider of each kind."""
    overrides = {"endpoint": azure.url, "authority": azure.url}
    bodies = {
        "awskms": (REGION, user),
        "azurekeyvault": ("a-vault", {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": SECRET, **overrides}),
        "gcpckms": (RING, {"service_account_file": f"{place}/accounts/casemate.json", "endpoint": google.url}),
        "pkcs11": (token["label"], {"module": token["module"], "pin": token["pin"]}),
    }
    return {
        provider: {"provider": provider, "key_collection": collection, "credentials": credentials}
        for provider, (collection, credentials) in bodies.items()
    }


@pytest.fixture(scope="session")
def daemon(start):
    running = start("data")
    yield running
    running.stop()


@pytest.fixture
def vault(daemon):
    # A simulator built for debugging takes its time for RSA keys.
    return hvac.Client(url=daemon.url, token=daemon.token, timeout=300)


@pytest.fixture(scope="session")
def keys(daemon):
    """One key of each type for the session, as the largest take their time; `keys(type)` is its path. Whoever distributes it
    removes it again."""
    vault, made = hvac.Client(url=daemon.url, token=daemon.token, timeout=300), set()

    def key(type):
        path = f"keymgmt/key/shared-{type}"
        if type not in made:
            vault.write_data(path, data={"type": type})
            made.add(type)
        return path

    return key


@pytest.fixture
def name():
    """A name that no other test uses."""
    return f"k{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="session")
def aws(place):
    running = MiniStack(place)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def user(aws):
    """Credentials of a user who may do what the documentation lists."""
    return aws.user("casemate", ACTIONS + SEARCH)
