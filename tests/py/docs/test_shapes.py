"""Answers that random requests seldom meet: a walk through each dialect, every answer compared with its document."""

import urllib.parse
import uuid

import pytest
import requests
import schemathesis
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding


class Walk:
    """Asks as a document says, and checks what comes."""

    def __init__(self, daemon, document, base):
        self._schema = schemathesis.openapi.from_dict(document)
        self._paths = document["paths"]
        self._base = base
        self._headers = {"X-Vault-Token": daemon.token}

    def __call__(self, method, path, /, body=None, status=200, query=None, **names):
        quoted = {name: urllib.parse.quote(value, safe="") for name, value in names.items()}
        url = self._base + path.format(**quoted)
        answer = requests.request(method, url, json=body, params=query, headers=self._headers, timeout=120)
        assert answer.status_code == status, f"{method} {url} {body}: {answer.status_code} {answer.text}"
        assert str(status) in self._paths[path][method.lower()]["responses"], f"{method} {path}: {status} is not documented"
        self._schema[path][method].validate_response(answer)
        return answer.json().get("data") if answer.content else None


@pytest.fixture
def walk(daemon, document):
    def walk(name, base=daemon.url):
        return Walk(daemon, document(name), base)

    return walk


def test_okms(daemon, walk):
    ask = walk("okms", daemon.base)
    secret = {"path": f"shapes/{uuid.uuid4()}"}
    data, metadata = "/v1/secret/data/{path}", "/v1/secret/metadata/{path}"
    ask("GET", data, status=404, **secret)
    ask("POST", data, {"data": {"a": {"b": 1}}, "options": {"cas": "0"}}, **secret)
    ask("PUT", data, {"data": {"a": 1}, "cas": 0}, 400, **secret)
    ask("PATCH", data, {"data": {"c": [2]}}, **secret)
    assert ask("GET", data, query={"version": 1}, **secret)["data"] == {"a": {"b": 1}, "c": [2]}
    ask("GET", "/v1/secret/subkeys/{path}", query={"depth": 1}, **secret)
    ask("POST", metadata, {"custom_metadata": {"n": 1}, "delete_version_after": "1h", "max_versions": "3"}, 204, **secret)
    ask("PATCH", metadata, {"custom_metadata": {"n": None, "m": True}}, 204, **secret)
    assert ask("GET", metadata, **secret)["custom_metadata"] == {"m": "true"}
    ask("DELETE", data, status=204, **secret)
    assert ask("GET", data, status=404, **secret)["data"] is None
    ask("PATCH", data, {"data": {}}, 404, **secret)
    ask("GET", "/v1/secret/subkeys/{path}", status=404, **secret)
    for change in ["undelete", "delete", "destroy"]:
        ask("POST", f"/v1/secret/{change}/{{path}}", {"versions": "1, 2"}, 204, **secret)
    ask("GET", metadata, query={"list": "true"}, path="shapes")
    ask("GET", "/v1/secret/metadata")
    ask("DELETE", metadata, status=204, **secret)
    config = "/v1/secret/config"
    before = ask("GET", config)
    ask("POST", config, {"cas_required": "true"}, 204)
    ask("POST", metadata, {"cas_required": False}, 200, **secret)
    ask("PUT", config, {"cas_required": before["cas_required"]}, 204)


def test_keymgmt(walk):
    ask = walk("keymgmt")
    key, name = "/v1/keymgmt/key/{name}", f"shapes-{uuid.uuid4()}"
    ask("GET", key, status=404, name=name)
    ask("POST", key, {"type": "ecdsa-p256", "replica_regions": "a,b", "deletion_allowed": "false"}, 204, name=name)
    ask("PUT", key + "/rotate", status=204, name=name)
    shown = ask("GET", key, name=name)
    assert list(shown["versions"]) == ["1", "2"] and shown["replica_regions"] == ["a", "b"]
    ask("PUT", key, {"type": "aes256-gcm96"}, 400, name=name)
    assert name in ask("GET", "/v1/keymgmt/key", query={"list": "true"})["keys"]
    ask("GET", key + "/kms", query={"list": "true"}, status=404, name=name)
    ask("DELETE", key, status=400, name=name)
    ask("POST", key, {"deletion_allowed": True}, 204, name=name)
    ask("DELETE", key, status=204, name=name)
    kms = "/v1/keymgmt/kms/{name}"
    ask("GET", "/v1/keymgmt/kms", query={"list": "true"}, status=404)
    ask("PUT", kms, {"provider": "awskms"}, 400, name=name)
    ask("GET", kms, status=404, name=name)
    mount = "/v1/sys/mounts/{mount}"
    ask("POST", mount, {"type": "keymgmt", "description": "for a test"}, 204, mount=name)
    assert ask("GET", mount, mount=name)["description"] == "for a test"
    assert f"{name}/" in ask("GET", "/v1/sys/mounts")
    ask("DELETE", mount, status=204, mount=name)
    ask("GET", mount, status=400, mount=name)


@pytest.mark.parametrize(
    ("kind", "fields", "rotation"),
    [
        ("arbitrary", {"payload": "one", "expiration_date": "2099-01-01T00:00:00Z"}, {"payload": "two"}),
        ("kv", {"payload": {"a": 1}}, {"payload": {"a": 2}}),
        ("username_password", {"username": "ada"}, None),
    ],
)
def test_ibm(walk, kind, fields, rotation):
    ask = walk("ibm")
    groups = "/v1/auth/ibmcloud/manage/groups"
    group = ask("POST", groups, {"name": "shapes", "description": "for a test"})["id"]
    ask("GET", groups)
    ask("PUT", groups + "/{group}", {"name": "shapes 2"}, group=group)
    in_group = {"group": group, "secret_type": kind}
    common = {"labels": "a1,b1", "description": "a test", "custom_metadata": {"a": 1}}
    typed, secrets = f"/v1/ibmcloud/{kind}/secrets/groups/{{group}}", "/v1/ibmcloud/{secret_type}/secrets/groups/{group}/{secret}"
    made = ask("POST", typed, {"name": "a1", **fields, **common}, group=group)
    ask("POST", typed, {"name": "a1", **fields}, 409, group=group)
    ask("POST", typed + "/{secret}/rotate", rotation, group=group, secret="a1")
    secret = {**in_group, "secret": made["id"]}
    assert ask("GET", secrets, **secret)["secret_data"]
    ask("GET", secrets + "/metadata", **secret)
    ask("PUT", secrets + "/metadata", {"name": "a2", "description": ""}, **secret)
    assert ask("GET", typed, query={"sort_by": "name", "limit": 1}, group=group)["secrets_total"] == 1
    ask("GET", secrets + "/versions", **secret)
    version = {**secret, "version": "current"}
    ask("GET", secrets + "/versions/{version}", **version)
    ask("POST", secrets + "/versions/{version}/metadata", {"version_custom_metadata": {"b": 2}}, **version)
    ask("GET", secrets + "/versions/{version}/metadata", **version)
    ask("PUT", secrets + "/restore", status=400, **secret)
    policy = {"policies": [{"rotation": {"interval": 1, "unit": "month"}}]}
    ask("PUT", secrets + "/policies", policy, 200 if kind == "username_password" else 400, **secret)
    ask("GET", secrets + "/policies", **secret)
    locks = "/v1/ibmcloud/{secret_type}/locks/groups/{group}/{secret}"
    ask("POST", locks + "/lock", {"locks": [{"name": "app", "description": "a", "attributes": {"a": 1}}]}, **secret)
    ask("POST", locks + "/versions/{version}/lock_exclusive", {"locks": [{"name": "b2"}]}, **version)
    assert ask("GET", locks, **secret)["locks_total"] >= 1
    ask("DELETE", secrets, status=412, **secret)
    ask("POST", locks + "/unlock", {"locks": "*"}, **secret)
    ask("DELETE", secrets, **secret)
    ask("GET", secrets, status=404, **secret)
    ask("DELETE", groups + "/{group}", group=group)
    ask("GET", groups + "/{group}", status=404, group=group)


def test_ibms_key_values_and_login(walk):
    ask = walk("ibm")
    config = "/v1/auth/ibmcloud/manage/login"
    ask("PUT", config, ask("GET", config)["login"], 204)
    ask("POST", "/v1/auth/ibmcloud/login", {"token": "nonsense"}, 400)
    secret = {"secret": f"shapes-{uuid.uuid4()}"}
    data, metadata = "/v1/ibmcloud/kv/data/{secret}", "/v1/ibmcloud/kv/metadata/{secret}"
    ask("POST", data, {"data": {"a": 1}}, **secret)
    ask("PATCH", data, {"data": {"b": 2}}, **secret)
    ask("GET", data, **secret)
    ask("GET", metadata, **secret)
    ask("POST", metadata, {"custom_metadata": {"a": "b"}}, 204, **secret)
    ask("GET", "/v1/ibmcloud/kv/metadata", query={"list": "true"})
    ask("DELETE", data, status=204, **secret)
    ask("GET", data, status=404, **secret)
    for change, status in [("undelete", 204), ("delete", 200), ("destroy", 204)]:
        ask("POST", f"/v1/ibmcloud/kv/{change}/{{secret}}", {"versions": [1]}, status, **secret)
    ask("DELETE", metadata, **secret)
    ask("GET", metadata, status=404, **secret)


def request_for(name):
    """A certificate request whose key stays here, so that no export policy is needed."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    signed = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(ec.generate_private_key(ec.SECP256R1()), SHA256())
    return signed.public_bytes(Encoding.PEM).decode()


def test_ibm_private_certificates(walk):
    ask, name = walk("ibm"), f"shapes-{uuid.uuid4()}"
    stem, config = "/v1/ibmcloud/private_cert", "/v1/ibmcloud/private_cert/config"
    roots, templates = f"{config}/root_certificate_authorities", f"{config}/certificate_templates"
    below = f"{config}/intermediate_certificate_authorities"
    settings = {"common_name": "Shapes", "max_ttl": "8760h", "key_type": "ec", "country": "DE,FR"}
    ask("POST", roots, {"name": name, "type": "root_certificate_authority", "config": settings})
    ask("PUT", roots, {"name": name, "type": "certificate_template", "config": settings}, 400)
    ask("GET", roots)
    ask("GET", roots + "/{config}", config=name)
    ask("POST", roots + "/{config}/rotate_crl", {}, config=name)
    order = {"csr": request_for("below"), "common_name": "Below", "ttl": "1h"}
    assert ask("POST", roots + "/{config}/sign_csr", order, config=name)["config"]["data"]["certificate"]
    settings |= {"signing_method": "external"}
    ask("POST", below, {"name": name + "-i", "type": "intermediate_certificate_authority", "config": settings})
    signing = {"intermediate_certificate_authority": name + "-i", "common_name": "Below"}
    ask("POST", roots + "/{config}/sign_intermediate", signing, 400, config=name)
    ask("POST", below + "/{config}/set_signed", {"certificate": "none"}, 400, config=name + "-i")
    ask("POST", below + "/{config}/revoke", {"serial_number": "none"}, 400, config=name + "-i")
    template = {"certificate_authority": name, "allow_any_name": "true", "key_type": "ec", "max_ttl": "24h"}
    ask("POST", templates, {"name": name, "type": "certificate_template", "config": template})
    ask("GET", templates + "/{config}", config=name)
    new = {"name": name, "certificate_template": name, "common_name": "a.example", "csr": request_for("a.example")}
    made = ask("POST", stem + "/secrets", new)
    ask("GET", stem + "/secrets")
    ask("PUT", stem + "/secrets/{secret}/rotate", {"csr": request_for("a.example")}, secret=made["id"])
    secret = {"secret_type": "private_cert", "secret": made["id"]}
    one = "/v1/ibmcloud/{secret_type}/secrets/{secret}"
    ask("GET", one, **secret)
    ask("POST", one + "/versions/{version}/revoke", version="previous", **secret)
    revoked = ask("POST", one + "/revoke", **secret)
    assert (revoked["state"], revoked["state_description"]) == (3, "Deactivated")
    ask("GET", one + "/versions", **secret)
    ask("POST", one + "/validate_dns_challenge", status=400, **secret)
    ask("DELETE", one, **secret)
    for collection, member in [(templates, name), (below, name + "-i"), (roots, name)]:
        ask("DELETE", collection + "/{config}", status=204, config=member)
    ask("GET", roots + "/{config}", status=404, config=name)


def test_ibm_public_certificates(walk):
    ask = walk("ibm")
    accounts = "/v1/ibmcloud/public_cert/config/certificate_authorities"
    ask("GET", accounts)
    ask("POST", accounts, {"name": "none", "type": "letsencrypt", "config": {"private_key": "none"}}, 400)
    ask("GET", accounts + "/{config}", status=404, config="none")
    providers, name = "/v1/ibmcloud/public_cert/config/dns_providers", f"shapes-{uuid.uuid4()}"
    cis = {"cis_crn": "crn:v1:bluemix:public:internet-svcs:global:a/a:1::", "cis_apikey": "key"}
    ask("POST", providers, {"name": name, "type": "cis", "config": cis})
    signed = {"nameserver": "ns.example.com", "tsig_key_name": "k", "tsig_secret": "A" * 24, "propagation": "5s"}
    ask("PUT", providers, {"name": name, "type": "rfc2136", "config": signed})
    ask("GET", providers)
    ask("GET", providers + "/{config}", config=name)
    ask("DELETE", providers + "/{config}", status=204, config=name)
    new = {"name": "none", "ca": "none", "dns": "manual", "common_name": "a.example"}
    ask("POST", "/v1/ibmcloud/public_cert/secrets", new, 400)


def test_what_authorities_publish(daemon, document, walk):
    ask, name = walk("ibm"), f"shapes-{uuid.uuid4()}"
    roots = "/v1/ibmcloud/private_cert/config/root_certificate_authorities"
    settings = {"common_name": "Shapes", "max_ttl": "8760h", "key_type": "ec"}
    ask("POST", roots, {"name": name, "type": "root_certificate_authority", "config": settings})
    schema = schemathesis.openapi.from_dict(document("ibm"))
    stem = "/v1/ibmcloud/private_cert/config/certificate_authorities/{config}"
    for what in ["ca", "ca/pem", "ca_chain", "crl", "crl/pem"]:
        answer = requests.get(daemon.url + f"{stem}/{what}".format(config=name), timeout=30)
        assert answer.status_code == 200, answer.text
        schema[f"{stem}/{what}"]["GET"].validate_response(answer)
    ask("DELETE", roots + "/{config}", status=204, config=name)
