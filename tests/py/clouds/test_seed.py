"""The examples of Vault's documentation (seed 003), with the payloads as they stand there."""

import json

import pytest
import requests

from .azure import CLIENT, SECRET, TENANT
from .google import RING


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


def test_what_is_not_allowed_changes_nothing(ask, azure, google, user, token, place, name):
    """Each provider with each type of key and a purpose or protection that it does not have."""
    overrides = {"endpoint": azure.url, "authority": azure.url}
    providers = {
        "awskms": ("us-east-1", user),
        "azurekeyvault": ("a-vault", {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": SECRET, **overrides}),
        "gcpckms": (RING, {"service_account_file": f"{place}/accounts/casemate.json", "endpoint": google.url}),
        "pkcs11": (token["label"], {"module": token["module"], "pin": token["pin"]}),
    }
    for provider, (collection, credentials) in providers.items():
        body = {"provider": provider, "key_collection": collection, "credentials": credentials}
        ask("PUT", f"keymgmt/kms/{name}-{provider}", body)
    refused = {
        "aes256-gcm96": {"awskms": ["sign", "wrap"], "azurekeyvault": ["encrypt"], "gcpckms": ["sign"], "pkcs11": ["sign"]},
        "ecdsa-p256": {"awskms": ["sign"], "azurekeyvault": ["sign"], "gcpckms": ["verify"], "pkcs11": ["decrypt"]},
        "ecdsa-p521": {"awskms": ["sign"], "azurekeyvault": ["sign"], "gcpckms": ["sign"], "pkcs11": ["wrap"]},
        "rsa-2048": {"awskms": ["encrypt"], "gcpckms": ["encrypt", "decrypt,sign"]},
    }
    for type, by_provider in refused.items():
        ask("PUT", f"keymgmt/key/{name}-{type}", {"type": type})
        for provider, purposes in by_provider.items():
            path = f"keymgmt/kms/{name}-{provider}/key/{name}-{type}"
            for purpose in purposes:
                text = json.loads(ask("PUT", path, {"purpose": purpose}, status=400))["errors"][0]
                assert text.startswith("1 error occurred:\n\t* ") and f'"{provider}"' in text, text
            if provider != "gcpckms":
                ask("PUT", path, {"purpose": purposes[0], "protection": "software"}, status=400)
            for bad in ({}, {"purpose": ""}, {"purpose": "fly"}, {"purpose": "sign", "protection": "tin"}):
                ask("PUT", path, bad, status=400)
            ask("GET", path, status=404)
        ask("LIST", f"keymgmt/key/{name}-{type}/kms", status=404)
    for provider in providers:
        ask("LIST", f"keymgmt/kms/{name}-{provider}/key", status=404)


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
