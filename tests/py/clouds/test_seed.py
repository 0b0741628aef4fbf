"""The examples of Vault's documentation (seed 003), with the payloads as they stand there."""

import json

import pytest
import requests

from .azure import CLIENT, SECRET, TENANT


@pytest.fixture
def ask(daemon):
    def ask(method, path, payload=None, status=204):
        headers = {"X-Vault-Token": daemon.token}
        data = None if payload is None else json.dumps(payload)
        reply = requests.request(method, f"{daemon.url}/v1/{path}", headers=headers, data=data, timeout=60)
        assert reply.status_code == status, (method, path, reply.text)
        return reply.json()["data"] if reply.content and status == 200 else reply.text

    return ask


def test_the_documentations_examples(ask, azure):
    ask("POST", "sys/mounts/seed", {"type": "keymgmt"})
    ask("PUT", "seed/key/example-key", {"type": "rsa-2048"})
    key = ask("GET", "seed/key/example-key", status=200)
    assert set(key) >= {"deletion_allowed", "keys", "latest_version", "min_enabled_version", "name", "type"}
    assert set(key["keys"]["1"]) == {"creation_time", "public_key"} and key["versions"] == key["keys"]
    assert ask("LIST", "seed/key", status=200) == {"keys": ["example-key"]}
    ask("PUT", "seed/key/example-key", {"min_enabled_version": 0, "deletion_allowed": True})
    ask("PUT", "seed/key/example-key/rotate")
    credentials = [f"client_id={CLIENT}", f"client_secret={SECRET}", f"tenant_id={TENANT}"]
    credentials += [f"endpoint={azure.url}", f"authority={azure.url}"]
    provider = {"credentials": credentials, "key_collection": "example-keyvault", "provider": "azurekeyvault"}
    ask("PUT", "seed/kms/example-kms", provider)
    shown = ask("GET", "seed/kms/example-kms", status=200)
    assert (shown["key_collection"], shown["provider"]) == ("example-keyvault", "azurekeyvault")
    assert "credentials" not in shown and SECRET not in json.dumps(shown)
    assert ask("LIST", "seed/kms", status=200) == {"keys": ["example-kms"]}
    ask("PUT", "seed/kms/example-kms/key/example-key", {"protection": "hsm", "purpose": "encrypt,decrypt"})
    there = ask("GET", "seed/kms/example-kms/key/example-key", status=200)
    assert set(there) == {"name", "protection", "purpose", "versions", "distribution_time"}
    assert (there["purpose"], list(there["versions"])) == ("decrypt,encrypt", ["1", "2"])
    assert all(len(id) == 32 for id in there["versions"].values())
    assert ask("LIST", "seed/kms/example-kms/key", status=200) == {"keys": ["example-key"]}
    assert ask("LIST", "seed/key/example-key/kms", status=200) == {"keys": ["example-kms"]}
    ask("GET", "seed/key/example-key/kms?list=true", status=200)
    assert "remove them first" in ask("DELETE", "sys/mounts/seed", status=400)
    ask("DELETE", "seed/kms/example-kms/key/example-key")
    ask("LIST", "seed/key/example-key/kms", status=404)
    ask("DELETE", "seed/kms/example-kms")
    ask("DELETE", "seed/key/example-key")
    ask("DELETE", "sys/mounts/seed")


@pytest.mark.parametrize("mount", ["keymgmt", "team/keys"])
def test_every_endpoint_in_every_spelling(ask, aws, user, mount, name):
    """All sixteen, by POST and by PUT, listed by LIST and by GET, at any mount."""
    if mount != "keymgmt":
        ask("POST", f"sys/mounts/{mount}", {"type": "keymgmt"})
    for method in ("POST", "PUT"):
        key, kms = f"{mount}/key/{name}{method}", f"{mount}/kms/{name}{method}"
        there = f"{kms}/key/{name}{method}"
        ask(method, key, {"type": "aes256-gcm96", "replica_regions": ["eu-west-1"]})
        ask(method, kms, {"provider": "awskms", "key_collection": "us-east-1", "credentials": user})
        ask(method, there, {"purpose": ["encrypt", "decrypt"]})
        ask(method, f"{there}/replicate")
        ask(method, f"{key}/rotate")
        ask(method, key, {"min_enabled_version": "2", "deletion_allowed": "true"})
        lists = {f"{mount}/key": key, f"{mount}/kms": kms, f"{key}/kms": kms, f"{kms}/key": key}
        for path, named in lists.items():
            for spelling in (("LIST", path), ("GET", f"{path}?list=true"), ("GET", f"{path}/?list=1"), ("LIST", f"{path}/")):
                assert named.rsplit("/", 1)[1] in ask(*spelling, status=200)["keys"], spelling
        assert list(ask("GET", key, status=200)["versions"]) == ["2"]
        assert ask("GET", kms, status=200)["provider"] == "awskms"
        assert set(ask("GET", there, status=200)["versions"]) == {"1", "2"}
        for path in (there, key, kms):
            ask("DELETE", path)
            ask("GET", path, status=404)
    if mount != "keymgmt":
        ask("DELETE", f"sys/mounts/{mount}")


def test_what_says_nothing_of_a_key_changes_nothing(ask, providers, name):
    ask("PUT", f"keymgmt/key/{name}", {"type": "ecdsa-p256"})
    ask("PUT", f"keymgmt/kms/{name}", providers["pkcs11"])
    path = f"keymgmt/kms/{name}/key/{name}"
    for bad in ({}, {"purpose": ""}, {"purpose": []}, {"purpose": "fly"}, {"purpose": "sign", "protection": "tin"}, {"purpose": 7}):
        ask("PUT", path, bad, status=400)
    ask("GET", path, status=404)
    ask("LIST", f"keymgmt/key/{name}/kms", status=404)
    ask("DELETE", f"keymgmt/kms/{name}")


def test_a_provider_keeps_what_it_was_made_with(ask, user, name):
    path = f"keymgmt/kms/{name}"
    for body in ({}, {"provider": "awskms"}, {"key_collection": "us-east-1"}, {"provider": "ibm", "key_collection": "x"}):
        ask("PUT", path, body, status=400)
    ask("PUT", path, {"provider": "awskms", "key_collection": "eu.example.com"}, status=400)
    ask("PUT", path, {"provider": "awskms", "key_collection": "us-east-1", "credentials": ["=x"]}, status=400)
    ask("GET", path, status=404)
    ask("PUT", path, {"provider": "awskms", "key_collection": "us-east-1", "credentials": user})
    ask("PUT", path, {"provider": "awskms", "credentials": user})
    ask("PUT", path, {"provider": "gcpckms"}, status=400)
    ask("PUT", path, {"provider": "awskms", "key_collection": "us-west-1"}, status=400)
    ask("PUT", f"{path}/key/none", {"purpose": "encrypt"}, status=400)
    assert ask("GET", path, status=200)["key_collection"] == "us-east-1"
    ask("DELETE", path)
    ask("DELETE", path, status=404)
