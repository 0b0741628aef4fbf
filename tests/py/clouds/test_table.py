"""The whole table of providers, types of key, purposes and protections: what is allowed works, what is not gets the
documented error and changes nothing."""

import itertools
import os

import pkcs11
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pkcs11.util.ec import encode_ec_public_key

PURPOSES = ("decrypt", "encrypt", "sign", "unwrap", "verify", "wrap")
RSA = ("rsa-2048", "rsa-3072", "rsa-4096")
TYPES = ("aes256-gcm96", *RSA, "ecdsa-p256", "ecdsa-p384", "ecdsa-p521")
PROTECTIONS = ("hsm", "software")
PEM = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
SETS = [set for size in range(len(PURPOSES) + 1) for set in itertools.combinations(PURPOSES, size)]
DATA, KEYS = {"decrypt", "encrypt"}, {"unwrap", "wrap"}
# As Vault documents it: per provider and type, the purposes, and whether a key has one of them only. What stands nowhere is
# refused. Tokens come first: keys have few versions then, and a token makes a pair for each import, which takes its time.
ALLOWED = {
    "pkcs11": {
        "aes256-gcm96": (DATA | KEYS, False),
        **{type: (set(PURPOSES), False) for type in RSA},
        **{f"ecdsa-{curve}": ({"sign", "verify"}, False) for curve in ("p256", "p384", "p521")},
    },
    "awskms": {"aes256-gcm96": (DATA, False)},
    "azurekeyvault": {type: (set(PURPOSES), False) for type in RSA},
    "gcpckms": {
        "aes256-gcm96": (DATA, False),
        **{type: ({"decrypt", "sign"}, True) for type in RSA},
        "ecdsa-p256": ({"sign"}, True),
        "ecdsa-p384": ({"sign"}, True),
    },
}
AZURES = {"unwrap": "unwrapKey", "wrap": "wrapKey"}
# Types that stand for others of their kind at a provider, where every set of purposes, or at a token every purpose, is tried;
# all types are tried below, with all purposes together, when they are rotated.
ALIKE = {
    "azurekeyvault": {"rsa-3072", "rsa-4096"},
    "pkcs11": {"rsa-3072", "rsa-4096", "ecdsa-p384", "ecdsa-p521"},
}


def allowed(provider, type, purposes, protection):
    if type not in ALLOWED[provider] or not purposes:
        return False
    known, one = ALLOWED[provider][type]
    in_software = protection == "software" and provider != "gcpckms"
    return known.issuperset(purposes) and (len(purposes) == 1 or not one) and not in_software


def errors(provider, type, purposes, protection):
    """What Vault says of it, each on its line."""
    if not purposes:
        return ["key must have at least one purpose"]
    if type not in ALLOWED[provider]:
        return [f'"{provider}" does not support key type "{type}"']
    known, one = ALLOWED[provider][type]
    wrong = [f'"{provider}" does not support key purpose "{purpose}"' for purpose in purposes if purpose not in known]
    if not wrong and one and len(purposes) > 1:
        wrong = [f'"{provider}" supports one purpose for key type "{type}", not {",".join(purposes)}']
    if protection == "software" and provider != "gcpckms":
        wrong.append(f'"{provider}" does not support key protection level "software"')
    return wrong


class Asker:
    def __init__(self, daemon):
        self.url, self.session = daemon.url, requests.Session()
        self.session.headers["X-Vault-Token"] = daemon.token

    def __call__(self, method, path, body=None):
        return self.session.request(method, f"{self.url}/v1/{path}", json=body, timeout=120)


@pytest.fixture(scope="module")
def ask(daemon):
    return Asker(daemon)


@pytest.fixture(scope="module", params=list(ALLOWED))
def provider(request, ask, providers):
    path = f"keymgmt/kms/table-{request.param}"
    assert ask("PUT", path, providers[request.param]).status_code == 204
    return request.param


def place(provider, type):
    return f"keymgmt/kms/table-{provider}/key/shared-{type}"


def test_what_is_not_allowed_changes_nothing(daemon, ask, provider, keys, azure, google):
    held = list(azure.keys), list(azure.exchange), list(google.keys), list(google.jobs)
    before = {type: ask("GET", keys(type)).json()["data"] for type in TYPES}
    refused = [
        (type, purposes, protection)
        for type, purposes, protection in itertools.product(TYPES, SETS, PROTECTIONS)
        if not allowed(provider, type, purposes, protection)
    ]
    for type, purposes, protection in refused:
        answer = ask("PUT", place(provider, type), {"purpose": ",".join(purposes), "protection": protection})
        assert answer.status_code == 400, (type, purposes, protection)
        wrong = errors(provider, type, purposes, protection)
        head = "1 error" if len(wrong) == 1 else f"{len(wrong)} errors"
        points = "".join(f"\n\t* {error}" for error in wrong)
        assert answer.json()["errors"] == [f"{head} occurred:{points}\n\n"]
    assert len(refused) + len(list(everything_allowed(provider))) == len(TYPES) * len(SETS) * len(PROTECTIONS)
    assert (list(azure.keys), list(azure.exchange), list(google.keys), list(google.jobs)) == held
    for type in TYPES:
        assert ask("GET", keys(type)).json()["data"] == before[type]
        assert ask("LIST", f"{keys(type)}/kms").status_code == ask("GET", place(provider, type)).status_code == 404
    assert ask("LIST", f"keymgmt/kms/table-{provider}/key").status_code == 404
    assert set(ask("GET", f"keymgmt/kms/table-{provider}").json()["data"]) == {"provider", "key_collection", "name"}


def everything_allowed(provider):
    table = itertools.product(TYPES, SETS, PROTECTIONS)
    return ((type, *rest) for type, *rest in table if allowed(provider, type, *rest))


def tried(provider):
    for type, purposes, protection in everything_allowed(provider):
        if type not in ALIKE.get(provider, ()) and (provider != "pkcs11" or len(purposes) == 1):
            yield type, purposes, protection


class Views:
    """What each provider has of a key: purposes, protection and public keys as it knows them."""

    def __init__(self, aws, azure, google, token):
        self.aws, self.azure, self.google, self.token = aws, azure, google, token

    def awskms(self, there):
        [metadata] = [self.aws.client("kms").describe_key(KeyId=id)["KeyMetadata"] for id in there["versions"].values()][-1:]
        assert metadata["Enabled"] and metadata["Origin"] == "EXTERNAL"
        return {metadata["KeyUsage"], metadata["KeySpec"]}, {"ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"}, []

    def azurekeyvault(self, there):
        held = self.azure.keys[there["name"]]
        wanted = {AZURES.get(purpose, purpose) for purpose in there["purpose"].split(",")}
        return set(held[-1]["operations"]), wanted, [version["private"].public_key() for version in held]

    def gcpckms(self, there):
        held = self.google.keys[there["name"]]
        privates = [version["private"] for version in held["versions"].values()]
        publics = [private.public_key() for private in privates if not isinstance(private, bytes)]
        wanted = f"ASYMMETRIC_{there['purpose'].upper()}" if publics else "ENCRYPT_DECRYPT"
        return {held["purpose"], held["level"]}, {wanted, there["protection"].upper()}, publics

    def pkcs11(self, there):
        found, points = set(), []
        with self.token.open(user_pin=self.token.pin) as session:
            for id in there["versions"].values():
                for item in session.get_objects({pkcs11.Attribute.ID: bytes.fromhex(id)}):
                    found |= {purpose for purpose in PURPOSES if self.may(item, purpose)}
                    points += [item] if item.object_class == pkcs11.ObjectClass.PUBLIC_KEY else []
            return found, set(there["purpose"].split(",")), [self.public(item) for item in points]

    @staticmethod
    def may(item, purpose):
        try:
            return item[pkcs11.Attribute[purpose.upper()]]
        except pkcs11.exceptions.PKCS11Error:
            return False

    @staticmethod
    def public(item):
        if item.key_type == pkcs11.KeyType.RSA:
            numbers = item[pkcs11.Attribute.MODULUS], item[pkcs11.Attribute.PUBLIC_EXPONENT]
            modulus, exponent = (int.from_bytes(number) for number in numbers)
            return rsa.RSAPublicNumbers(exponent, modulus).public_key()
        return serialization.load_der_public_key(encode_ec_public_key(item))


class Library:
    """The token, found again by what Python's library needs."""

    def __init__(self, token):
        self.pin, library = token["pin"], pkcs11.lib(token["module"])
        library.reinitialize()
        self.found = library.get_token(token_label=token["label"])

    def open(self, **how):
        return self.found.open(**how)


@pytest.fixture(scope="module")
def views(aws, azure, google, token):
    os.environ.update(token["environment"])
    return Views(aws, azure, google, Library(token))


def test_what_is_allowed_works(ask, provider, keys, views):
    for type, purposes, protection in tried(provider):
        keys(type)
        body, path = {"purpose": list(purposes), "protection": protection}, place(provider, type)
        answer = ask("PUT", path, body)
        assert answer.status_code == 204, (type, purposes, protection, answer.text)
        there = ask("GET", path).json()["data"]
        assert (there["purpose"], there["protection"]) == (",".join(purposes), protection)
        has, wanted, _ = getattr(views, provider)(there)
        assert has == wanted, (type, purposes, protection)
        assert ask("DELETE", path).status_code == 204


def test_every_type_is_rotated(ask, provider, keys, views):
    for type, (purposes, one) in ALLOWED[provider].items():
        purposes = sorted(purposes)[-1:] if one else sorted(purposes)
        path = place(provider, type)
        assert ask("PUT", path, {"purpose": purposes}).status_code == ask("POST", f"{keys(type)}/rotate").status_code == 204
        there, key = (ask("GET", place).json()["data"] for place in (path, keys(type)))
        assert there["versions"].keys() == key["versions"].keys() and len(set(there["versions"].values())) == key["latest_version"]
        ours = {version["public_key"] for version in key["versions"].values() if "public_key" in version}
        has, wanted, held = getattr(views, provider)(there)
        assert has == wanted
        assert {public.public_bytes(*PEM).decode() for public in held} == ours, type
        assert ask("DELETE", path).status_code == 204
