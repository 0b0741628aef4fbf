"""A mount that is taken away while a distribution begins: one of the two wins, the other is told so, and afterwards store,
device and cloud agree."""

import json
import os
import subprocess
import threading

import hvac
import pytest
from hvac import exceptions


@pytest.fixture(scope="module")
def running(start):
    running = start("mounts")
    yield running
    running.stop()


@pytest.fixture
def vault(running):
    return hvac.Client(url=running.url, token=running.token, timeout=60)


@pytest.fixture
def mount(vault, providers, name):
    vault.write_data(f"sys/mounts/{name}", data={"type": "keymgmt"})
    vault.write_data(f"{name}/kms/there", data=providers["gcpckms"])
    vault.write_data(f"{name}/key/app", data={"type": "ecdsa-p256"})
    return name


def distribute(running, mount):
    """Answers the refusal, if it is one."""
    vault = hvac.Client(url=running.url, token=running.token, timeout=60)
    try:
        vault.write_data(f"{mount}/kms/there/key/app", data={"purpose": "sign"})
        return None
    except (exceptions.InvalidRequest, exceptions.InvalidPath) as error:
        return str(error) or "not found"


def unmount(vault, mount):
    try:
        vault.sys.disable_secrets_engine(mount)
        return None
    except exceptions.InvalidRequest as error:
        return str(error)


def test_a_distribution_under_way_keeps_its_mount(running, vault, google, mount):
    """Google has been asked for the import job, and answers only when the mount's removal has been refused."""
    asked, answer, refusals = threading.Event(), threading.Event(), []

    def hold(method, path):
        if method == "POST" and path.endswith("importJobs"):
            asked.set()
            assert answer.wait(60)

    google.before = hold
    thread = threading.Thread(target=lambda: refusals.append(distribute(running, mount)))
    thread.start()
    assert asked.wait(60)
    refusal = unmount(vault, mount)
    answer.set()
    thread.join()
    google.reset()
    assert "another request is changing the key app" in refusal and refusals == [None]
    there = vault.read(f"{mount}/kms/there/key/app")["data"]
    assert google.keys[there["name"]]["versions"]["1"]["state"] == "ENABLED"
    assert "still distributed" in unmount(vault, mount)
    vault.delete(f"{mount}/kms/there/key/app")
    assert unmount(vault, mount) is None and vault.read(f"{mount}/key/app") is None


def keyrings(data):
    """As the device lists them; a simulator serves one host, so the daemon must be down."""
    command = [os.environ["CASEMATE_BIN"], "device", "--json", "keyring", "list"]
    listed = subprocess.run(command, env={**os.environ, "CASEMATE_DATA": str(data)}, check=True, capture_output=True, text=True)
    return len(json.loads(listed.stdout)["keyrings"])


def race(*requests):
    """Asks at once; answers what each was answered."""
    line, answers = threading.Barrier(len(requests)), {}

    def ask(request):
        line.wait()
        answers[request] = request()

    threads = [threading.Thread(target=ask, args=(request,)) for request in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[request] for request in requests]


def test_of_both_at_once_one_wins(start, google, providers, name):
    running = start(f"race-{name}")
    assert running.tls_url, "all that is made at the first start is made"
    running.stop()
    before = keyrings(running.data)
    running, kept = start(f"race-{name}"), []
    vault = hvac.Client(url=running.url, token=running.token, timeout=60)
    for number in range(10):
        mount, there = f"{name}{number}", set(google.keys)
        vault.write_data(f"sys/mounts/{mount}", data={"type": "keymgmt"})
        vault.write_data(f"{mount}/kms/there", data=providers["gcpckms"])
        vault.write_data(f"{mount}/key/app", data={"type": "ecdsa-p256"})
        distributed, unmounted = race(lambda: distribute(running, mount), lambda: unmount(vault, mount))
        assert (distributed is None) != (unmounted is None), (distributed, unmounted)
        new = set(google.keys) - there
        if unmounted is None:
            assert new == set() and vault.read(f"{mount}/key/app") is None
        else:
            kept.append(mount)
            assert new == {vault.read(f"{mount}/kms/there/key/app")["data"]["name"]}
    mounts = {path for path in vault.read("sys/mounts")["data"] if path.startswith(name)}
    assert mounts == {f"{mount}/" for mount in kept}
    running.stop()
    assert keyrings(running.data) == before + len(kept)
