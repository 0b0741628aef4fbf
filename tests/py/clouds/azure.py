"""Azure Key Vault with Azure's token service, as far as keys are imported: it checks what the specifications fix, and unwraps.

Source: Azure's REST reference for keys, its "Bring your own key specification", what azure-keyvault-keys sends, and for
certificates "Certificate credentials" of the Microsoft identity platform.
"""

import base64
import json
import re
import time
import uuid
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .server import Fake, Refusal, private_key, spare_key, unwrap

TENANT, CLIENT, SECRET = "a-tenant", "a-client", "a client's secret & more"
RESOURCE, ASSERTED = "https://vault.azure.net", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
OPERATIONS = {"encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"}


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text):
    assert "=" not in text, "base64url has no padding here"
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(value):
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def failure(status, code, message="as asked for", headers=None):
    return Refusal(status, {"error": {"code": code, "message": message}}, headers)


class Application:
    """What proves who the client is: a secret, a certificate, or what its cluster has signed."""

    def __init__(self):
        self.key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, CLIENT)])
        today = datetime.now(UTC)
        builder = x509.CertificateBuilder(name, name, self.key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(today - timedelta(1)).not_valid_after(today + timedelta(1))
        self.certificate = builder.sign(self.key, hashes.SHA256())
        self.federated = f"{encoded(b'{}')}.{encoded(uuid.uuid4().bytes)}.signed"
        self.seen = set()

    def pem(self, key=None):
        """The file of certificate and key."""
        pkcs8 = (key or self.key).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return (self.certificate.public_bytes(serialization.Encoding.PEM) + pkcs8).decode()

    def proof(self, fields, audience):
        """What kind of proof is in a request for a token."""
        if fields.get("client_assertion_type") != ASSERTED:
            return "secret" if fields.get("client_secret") == SECRET else None
        assert "client_secret" not in fields, "one proof will do"
        assertion = fields["client_assertion"]
        if assertion == self.federated:
            return "workload"
        return "certificate" if self.signed(assertion, audience) else None

    def signed(self, assertion, audience):
        message, _, signature = assertion.rpartition(".")
        header, claims = (json.loads(decoded(part)) for part in message.split("."))
        if header["x5t#S256"] != encoded(self.certificate.fingerprint(hashes.SHA256())):
            return False
        assert header.keys() == {"alg", "typ", "x5t#S256"} and (header["alg"], header["typ"]) == ("PS256", "JWT"), header
        assert claims["iss"] == claims["sub"] == CLIENT and claims["aud"] == audience, claims
        assert abs(claims["nbf"] - time.time()) < 60 and claims["iat"] == claims["nbf"] < claims["exp"] <= claims["nbf"] + 600
        assert str(uuid.UUID(claims["jti"])) == claims["jti"] not in self.seen, "each is used once"
        self.seen.add(claims["jti"])
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
        self.key.public_key().verify(decoded(signature), message.encode(), pss, hashes.SHA256())
        return True


class Azure(Fake):
    """One vault. `keys`: name to versions in order; `exchange`: key exchange keys by name; `proofs`: how tokens were had."""

    def __init__(self, directory):
        self.tokens, self.keys, self.exchange, self.deleted, self.proofs = set(), {}, {}, set(), []
        self.application = Application()
        super().__init__(directory, "azure")

    def issue(self, proof):
        """A token; `proof` says what for."""
        self.proofs.append(proof)
        self.tokens.add(token := uuid.uuid4().hex)
        return token

    def answer(self, method, path, query, headers, body):
        if path.endswith("/oauth2/v2.0/token"):
            return self.token(method, path, headers, body)
        self.authenticated(headers)
        assert re.fullmatch(r"7\.[0-6]|2025-07-01", query.get("api-version", "")), query
        body = json.loads(body) if body else None
        match [method, *path.strip("/").split("/")]:
            case ["POST", "keys", name, "create"]:
                return self.create(name, body)
            case ["PUT", "keys", name]:
                return self.bring(name, body)
            case ["GET", "keys", name]:
                return self.bundle(name, self.versions(name)[-1])
            case ["PATCH", "keys", name, version]:
                return self.update(name, version, body)
            case ["DELETE", "keys", name]:
                return self.delete(name)
        raise failure(404, "NotFound", path)

    def token(self, method, path, headers, body):
        assert method == "POST" and path == f"/{TENANT}/oauth2/v2.0/token", path
        assert headers["content-type"].startswith("application/x-www-form-urlencoded")
        fields = dict(parse_qsl(body.decode()))
        assert fields["grant_type"] == "client_credentials" and fields["scope"] == f"{RESOURCE}/.default", fields
        proof = self.application.proof(fields, f"{self.url}{path}")
        if fields["client_id"] != CLIENT or not proof:
            text = "AADSTS7000215: Invalid client secret." if "client_secret" in fields else "AADSTS700027: Key not found."
            raise Refusal(401, {"error": "invalid_client", "error_description": text})
        return {"token_type": "Bearer", "expires_in": 3599, "access_token": self.issue(proof)}

    def authenticated(self, headers):
        scheme, _, token = (headers["authorization"] or "").partition(" ")
        if scheme != "Bearer" or token not in self.tokens:
            challenge = f'Bearer authorization="{self.url}/{TENANT}", resource="https://vault.azure.net"'
            raise failure(401, "Unauthorized", "AKV10000: no token", {"WWW-Authenticate": challenge})

    def kid(self, name, version):
        return f"{self.url}/keys/{name}/{version}"

    def create(self, name, body):
        assert re.fullmatch("[0-9A-Za-z-]{1,127}", name), name
        assert body["kty"] == "RSA-HSM" and body["key_ops"] == ["import"], "a key exchange key can do nothing else"
        assert body["key_size"] in (2048, 3072, 4096)
        assert body.get("attributes", {}).get("exp", time.time() + 1) > time.time()
        private = spare_key(body["key_size"])
        version = uuid.uuid4().hex
        self.exchange[name] = (self.kid(name, version), private)
        public = private.public_key().public_numbers()
        key = {"kid": self.kid(name, version), "kty": "RSA-HSM", "key_ops": ["import"]}
        return {"key": {**key, "n": number(public.n), "e": number(public.e)}, "attributes": {"enabled": True}}

    def bring(self, name, body):
        assert re.fullmatch("[0-9A-Za-z-]{1,127}", name), name
        if name in self.deleted:
            raise failure(409, "Conflict", "ObjectIsDeletedButRecoverable")
        assert body["key"]["kty"] == "RSA-HSM" and set(body["key"]["key_ops"]) <= OPERATIONS and body["key"]["key_ops"]
        blob = json.loads(decoded(body["key"]["key_hsm"]))
        assert blob["schema_version"] == "1.0.0" and blob["generator"]
        assert blob["header"]["alg"] == "dir" and blob["header"]["enc"] == "CKM_RSA_AES_KEY_WRAP"
        [private] = [private for kid, private in self.exchange.values() if kid == blob["header"]["kid"]]
        wrapped = decoded(blob["ciphertext"])
        key = private_key(unwrap(private, hashes.SHA1(), wrapped))
        assert isinstance(key, rsa.RSAPrivateKey) and key.key_size in (2048, 3072, 4096)
        version = {
            "version": uuid.uuid4().hex,
            "private": key,
            "wrapped": wrapped,
            "operations": body["key"]["key_ops"],
            "tags": body.get("tags", {}),
            "enabled": body.get("attributes", {}).get("enabled", True),
        }
        self.keys.setdefault(name, []).append(version)
        return self.bundle(name, version)

    def versions(self, name):
        if name not in self.keys:
            raise failure(404, "KeyNotFound", f"A key with (name/id) {name} was not found in this key vault.")
        return self.keys[name]

    def bundle(self, name, version):
        public = version["private"].public_key().public_numbers()
        key = {"kid": self.kid(name, version["version"]), "kty": "RSA-HSM", "key_ops": version["operations"]}
        return {
            "key": {**key, "n": number(public.n), "e": number(public.e)},
            "attributes": {"enabled": version["enabled"]},
            "tags": version["tags"],
        }

    def update(self, name, id, body):
        [version] = [version for version in self.versions(name) if version["version"] == id]
        version["enabled"] = body["attributes"]["enabled"]
        return self.bundle(name, version)

    def delete(self, name):
        if name in self.exchange:
            kid, _ = self.exchange.pop(name)
            return {"key": {"kid": kid, "kty": "RSA-HSM"}, "recoveryId": f"{self.url}/deletedkeys/{name}"}
        bundle = self.bundle(name, self.versions(name)[-1])
        del self.keys[name]
        self.deleted.add(name)
        return {**bundle, "recoveryId": f"{self.url}/deletedkeys/{name}", "deletedDate": 1, "scheduledPurgeDate": 2}
