"""Distributions that are interrupted anywhere: the same request finishes them, and nothing is left at AWS unrecorded."""

import itertools
import threading

import pytest
import requests
from hvac import exceptions

from .ministack import ACTIONS, REGION
from .proxy import Proxy
from .server import Broken

CHANGES = ("CreateKey", "ImportKeyMaterial", "CreateAlias", "UpdateAlias", "DisableKey", "DeleteAlias", "ScheduleKeyDeletion")


@pytest.fixture(scope="module")
def proxy(aws):
    running = Proxy(aws.url)
    yield running
    running.stop()


@pytest.fixture
def path(vault, user, proxy, name):
    proxy.reset()
    path = f"keymgmt/kms/aws-{name}"
    create(vault, path, {**user, "endpoint": proxy.url})
    vault.write_data(f"keymgmt/key/{name}", data={"type": "aes256-gcm96"})
    return path


def create(vault, path, credentials):
    vault.write_data(path, data={"provider": "awskms", "key_collection": REGION, "credentials": credentials})


def distribute(vault, path, name):
    vault.write_data(f"{path}/key/{name}", data={"purpose": "encrypt,decrypt"})


def keys_of(aws, proxy, name):
    return proxy.keys(aws.client("kms"), name)


def all_agree(vault, aws, proxy, path, name, versions):
    there = vault.read(f"{path}/key/{name}")["data"]
    assert list(there["versions"]) == [str(version) for version in range(1, versions + 1)]
    assert vault.read(f"keymgmt/key/{name}")["data"]["latest_version"] == versions
    kept = {id: state for id, state in keys_of(aws, proxy, name).items() if state != "PendingDeletion"}
    assert kept == dict.fromkeys(there["versions"].values(), "Enabled")
    aliases = aws.client("kms").list_aliases(KeyId=there["versions"][str(versions)])["Aliases"]
    assert [alias["AliasName"] for alias in aliases] == [f"alias/hashicorp/{there['name']}"]
    shown = vault.read(path)["data"]
    assert "unfinished" not in shown and "leftovers" not in shown
    return there


def breaking(proxy, moment, at):
    """Breaks the `at`th call that changes something, before or after AWS carries it out, and all that follow."""
    count, broken = itertools.count(), threading.Event()

    def perhaps(operation, body, answer=None):
        if broken.is_set() or (operation in CHANGES and next(count) == at):
            broken.set()
            raise Broken
        return answer

    setattr(proxy, moment, perhaps)
    return broken


@pytest.mark.parametrize("moment", ["before", "after"])
def test_every_call_can_break(vault, aws, path, proxy, name, moment):
    """Distribution and rotation, broken at their first, second, … change, each finished by the same request. Before AWS
    sees it, the first two stand for all."""
    for at in itertools.count():
        if moment == "before" and at == 2:
            return
        broken = breaking(proxy, moment, at)
        key = f"{name}{at}"
        vault.write_data(f"keymgmt/key/{key}", data={"type": "aes256-gcm96"})
        for attempt in (lambda: distribute(vault, path, key), lambda: vault.write_data(f"keymgmt/key/{key}/rotate")):
            try:
                attempt()
            except exceptions.VaultError as error:
                assert broken.is_set() and "AWS KMS can't be reached" in str(error), error
                assert vault.read(path)["data"]["unfinished"] == [key]
                proxy.reset()
                attempt()
        proxy.reset()
        all_agree(vault, aws, proxy, path, key, 2)
        vault.delete(f"{path}/key/{key}")
        assert set(keys_of(aws, proxy, key).values()) == {"PendingDeletion"}
        if not broken.is_set():
            break
    assert at >= 6, "distribution and rotation change AWS at least six times"


def test_a_removal_can_break(vault, aws, path, proxy, name):
    for at in itertools.count():
        key = f"{name}{at}"
        vault.write_data(f"keymgmt/key/{key}", data={"type": "aes256-gcm96"})
        distribute(vault, path, key)
        vault.write_data(f"keymgmt/key/{key}/rotate")
        broken = breaking(proxy, "after", at)
        try:
            vault.delete(f"{path}/key/{key}")
        except exceptions.VaultError:
            with pytest.raises(exceptions.InvalidRequest, match="repeat its removal"):
                distribute(vault, path, key)
            with pytest.raises(exceptions.InvalidRequest, match="repeat its removal"):
                vault.write_data(f"keymgmt/key/{key}/rotate")
            proxy.reset()
            vault.delete(f"{path}/key/{key}")
        proxy.reset()
        assert set(keys_of(aws, proxy, key).values()) == {"PendingDeletion"} and vault.read(f"{path}/key/{key}") is None
        if not broken.is_set():
            break
    assert at == 3, "an alias and two keys go"


def test_a_distribution_that_broke_can_be_given_up(vault, aws, path, proxy, name):
    broken = breaking(proxy, "after", 0)
    with pytest.raises(exceptions.VaultError):
        distribute(vault, path, name)
    assert broken.is_set()
    proxy.reset()
    vault.delete(f"{path}/key/{name}")
    assert list(keys_of(aws, proxy, name).values()) == ["PendingDeletion"]
    assert "leftovers" not in vault.read(path)["data"]


def test_what_may_be_left_is_listed(vault, aws, path, proxy, name):
    """A user who may not look for keys: the one whose answer was lost can't be found, and is named."""
    user = aws.user(f"blind-{name}", ACTIONS)
    create(vault, path, {**user, "endpoint": proxy.url})
    breaking(proxy, "after", 0)
    with pytest.raises(exceptions.VaultError):
        distribute(vault, path, name)
    proxy.reset()
    distribute(vault, path, name)
    [left] = vault.read(path)["data"]["leftovers"]
    [lost] = set(keys_of(aws, proxy, name)) - set(vault.read(f"{path}/key/{name}")["data"]["versions"].values())
    tags = aws.client("kms").list_resource_tags(KeyId=lost)["Tags"]
    [attempt] = [tag["TagValue"] for tag in tags if tag["TagKey"] == "casemate_attempt"]
    assert attempt in left["what"] and "kms:ListKeys" in left["what"]


def test_a_refusal_is_awss_own(vault, aws, proxy, path, name):
    user = aws.user(f"poor-{name}", [action for action in ACTIONS if action != "CreateKey"])
    user["endpoint"] = proxy.url
    create(vault, path, user)
    with pytest.raises(exceptions.InternalServerError, match="AccessDenied"):
        distribute(vault, path, name)
    create(vault, path, {**user, "secret_key": "x" * 40})
    with pytest.raises(exceptions.InternalServerError, match="InvalidSignature|SignatureDoesNotMatch") as raised:
        distribute(vault, path, name)
    assert "x" * 40 not in str(raised.value)
    vault.delete(f"{path}/key/{name}")
    assert keys_of(aws, proxy, name) == {} and "unfinished" not in vault.read(path)["data"]


def test_of_many_at_once_one_wins(daemon, vault, aws, proxy, path, name):
    distribute(vault, path, name)
    vault.write_data(f"keymgmt/key/{name}", data={"deletion_allowed": True})
    rotate, there = f"keymgmt/key/{name}/rotate", f"{path}/key/{name}"
    asked = [("PUT", rotate)] * 6 + [("PUT", there)] * 3 + [("DELETE", f"keymgmt/key/{name}")] * 2 + [("PUT", rotate)] * 3
    answers, start = [], threading.Barrier(len(asked))

    def ask(method, path):
        start.wait()
        headers = {"X-Vault-Token": daemon.token}
        reply = requests.request(method, f"{daemon.url}/v1/{path}", json={"purpose": "encrypt,decrypt"}, headers=headers, timeout=60)
        answers.append((path, reply.status_code, reply.text))

    threads = [threading.Thread(target=ask, args=call) for call in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [text for _, status, text in answers if status == 400]
    assert {status for _, status, _ in answers} == {204, 400}, [text for _, status, text in answers if status >= 500]
    assert refused and all("another request" in text or "distributed to" in text for text in refused), refused
    rotated = sum(status == 204 and path == rotate for path, status, _ in answers)
    all_agree(vault, aws, proxy, path, name, 1 + rotated)
