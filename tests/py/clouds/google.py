"""Google Cloud KMS with Google's token service, as far as keys are imported: it checks what the specifications fix, and unwraps.

Source: the REST reference of Cloud KMS v1, RFC 7523 as Google documents it for service accounts, and what google-cloud-kms
sends: enumerations as names or as numbers.
"""

import base64
import json
import re
import time
import uuid
from urllib.parse import parse_qsl, unquote

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from google.cloud.kms_v1.types import CryptoKey, CryptoKeyVersion, ImportJob, ProtectionLevel

from .server import Fake, Refusal, private_key, spare_key, unwrap

RING = "projects/p/locations/europe-west1/keyRings/ring"
SIZES = {"RSA_OAEP_3072_SHA256_AES_256": 3072, "RSA_OAEP_4096_SHA256_AES_256": 4096}
ALGORITHMS = {
    "GOOGLE_SYMMETRIC_ENCRYPTION": lambda key: isinstance(key, bytes) and len(key) == 32,
    **{
        f"RSA_{use}_{bits}_SHA256": lambda key, bits=bits: isinstance(key, rsa.RSAPrivateKey) and key.key_size == bits
        for use in ("DECRYPT_OAEP", "SIGN_PSS", "SIGN_PKCS1")
        for bits in (2048, 3072, 4096)
    },
    "EC_SIGN_P256_SHA256": lambda key: isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1",
    "EC_SIGN_P384_SHA384": lambda key: isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp384r1",
}


def failure(status, code, message):
    return Refusal(status, {"error": {"code": status, "status": code, "message": message}})


def named(kind, value):
    """An enumeration's name, whichever way it came."""
    return kind(value).name if isinstance(value, int) else kind[value].name


class Google(Fake):
    """One key ring. `keys`: name to CryptoKey with its versions."""

    def __init__(self, directory):
        self.tokens, self.keys, self.jobs = set(), {}, {}
        self.open = False
        super().__init__(directory, "google")
        self.account_key = rsa.generate_private_key(65537, 2048)
        self.key_id = uuid.uuid4().hex

    def account(self):
        """A service account's file."""
        pem = self.account_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "type": "service_account",
            "client_email": "casemate@p.iam.gserviceaccount.com",
            "private_key": pem.decode(),
            "private_key_id": self.key_id,
            "token_uri": f"{self.url}/token",
        }

    def answer(self, method, path, query, headers, body):
        if path == "/token":
            return self.token(method, headers, body)
        self.authenticated(headers)
        path = unquote(path).removeprefix("/v1/")
        assert path.startswith(RING + "/"), path
        body = json.loads(body) if body else {}
        match [method, *path.removeprefix(RING + "/").split("/")]:
            case ["POST", "importJobs"]:
                return self.make_job(query["importJobId"], body)
            case ["GET", "importJobs", id]:
                return self.job(id)
            case ["POST", "cryptoKeys"]:
                return self.make_key(query["cryptoKeyId"], query, body)
            case ["POST", "cryptoKeys", target] if target.endswith(":updatePrimaryVersion"):
                return self.set_primary(target.partition(":")[0], str(body["cryptoKeyVersionId"]))
            case ["GET", "cryptoKeys", name]:
                return self.shown_key(name)
            case ["POST", "cryptoKeys", name, "cryptoKeyVersions:import"]:
                return self.bring(name, body)
            case ["GET", "cryptoKeys", name, "cryptoKeyVersions"]:
                return {"cryptoKeyVersions": [self.shown(name, id) for id in self.key(name)["versions"]]}
            case ["GET", "cryptoKeys", name, "cryptoKeyVersions", id]:
                return self.version(name, id)
            case ["PATCH", "cryptoKeys", name, "cryptoKeyVersions", id]:
                return self.update(name, id, query, body)
            case ["POST", "cryptoKeys", name, "cryptoKeyVersions", target] if target.endswith(":destroy"):
                return self.destroy(name, target.partition(":")[0])
        raise failure(404, "NOT_FOUND", path)

    def token(self, method, headers, body):
        assert method == "POST" and headers["content-type"].startswith("application/x-www-form-urlencoded")
        fields = dict(parse_qsl(body.decode()))
        assert fields["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer", fields
        message, _, signature = fields["assertion"].rpartition(".")
        header, claims = (json.loads(self.decoded(part)) for part in message.split("."))
        assert header == {"alg": "RS256", "typ": "JWT", "kid": self.key_id}, header
        assert claims["iss"] == self.account()["client_email"] and claims["aud"] == f"{self.url}/token", claims
        assert claims["scope"] in ("https://www.googleapis.com/auth/cloudkms", "https://www.googleapis.com/auth/cloud-platform")
        assert abs(claims["iat"] - time.time()) < 60 and 0 < claims["exp"] - claims["iat"] <= 3600, claims
        public = self.account_key.public_key()
        public.verify(self.decoded(signature), message.encode(), padding.PKCS1v15(), hashes.SHA256())
        return {"token_type": "Bearer", "expires_in": 3599, "access_token": self.issue()}

    def issue(self):
        self.tokens.add(token := uuid.uuid4().hex)
        return token

    @staticmethod
    def decoded(text):
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    def authenticated(self, headers):
        scheme, _, token = (headers["authorization"] or "").partition(" ")
        if not self.open and (scheme != "Bearer" or token not in self.tokens):
            raise failure(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")

    def make_job(self, id, body):
        assert re.fullmatch("[a-zA-Z0-9_-]{1,63}", id), id
        if id in self.jobs:
            raise failure(409, "ALREADY_EXISTS", id)
        method = named(ImportJob.ImportMethod, body["importMethod"])
        level = named(ProtectionLevel, body["protectionLevel"])
        private = spare_key(SIZES[method])
        self.jobs[id] = {"private": private, "level": level, "asked": 0, "method": method}
        return self.job(id)

    def job(self, id):
        if id not in self.jobs:
            raise failure(404, "NOT_FOUND", id)
        job = self.jobs[id]
        job["asked"] += 1
        shown = {"name": f"{RING}/importJobs/{id}", "importMethod": job["method"], "protectionLevel": job["level"]}
        if job["asked"] < 3:
            return {**shown, "state": "PENDING_GENERATION"}
        pem = job["private"].public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return {**shown, "state": "ACTIVE", "publicKey": {"pem": pem.decode()}}

    def make_key(self, name, query, body):
        assert re.fullmatch("[a-zA-Z0-9_-]{1,63}", name), name
        assert query["skipInitialVersionCreation"].lower() == "true"
        if name in self.keys:
            raise failure(409, "ALREADY_EXISTS", name)
        template = body["versionTemplate"]
        algorithm = named(CryptoKeyVersion.CryptoKeyVersionAlgorithm, template["algorithm"])
        assert algorithm in ALGORITHMS, algorithm
        self.keys[name] = {
            "purpose": named(CryptoKey.CryptoKeyPurpose, body["purpose"]),
            "algorithm": algorithm,
            "level": named(ProtectionLevel, template["protectionLevel"]),
            "import_only": body.get("importOnly", False),
            "primary": None,
            "versions": {},
        }
        return self.shown_key(name)

    def shown_key(self, name):
        key = self.key(name)
        shown = {"name": f"{RING}/cryptoKeys/{name}", "purpose": key["purpose"], "importOnly": key["import_only"]}
        return {**shown, "primary": self.shown(name, key["primary"])} if key["primary"] else shown

    def key(self, name):
        if name not in self.keys:
            raise failure(404, "NOT_FOUND", f"{RING}/cryptoKeys/{name} not found.")
        return self.keys[name]

    def bring(self, name, body):
        key = self.key(name)
        algorithm = named(CryptoKeyVersion.CryptoKeyVersionAlgorithm, body["algorithm"])
        assert algorithm == key["algorithm"], "one algorithm for all versions"
        job = self.jobs[body["importJob"].removeprefix(f"{RING}/importJobs/")]
        assert job["level"] == key["level"], "the job's protection level is the key's"
        wrapped = body.get("wrappedKey") or body["rsaAesWrappedKey"]
        wrapped = base64.b64decode(wrapped.replace("-", "+").replace("_", "/"))
        material = unwrap(job["private"], hashes.SHA256(), wrapped)
        private = material if key["purpose"] == "ENCRYPT_DECRYPT" else private_key(material)
        assert ALGORITHMS[algorithm](private), algorithm
        id = str(len(key["versions"]) + 1)
        key["versions"][id] = {"private": private, "state": "PENDING_IMPORT", "asked": 0, "wrapped": wrapped}
        return self.shown(name, id)

    def shown(self, name, id):
        version = self.key(name)["versions"][id]
        return {"name": f"{RING}/cryptoKeys/{name}/cryptoKeyVersions/{id}", "state": version["state"]}

    def version(self, name, id):
        if id not in self.key(name)["versions"]:
            raise failure(404, "NOT_FOUND", id)
        version = self.key(name)["versions"][id]
        version["asked"] += 1
        if version["state"] == "PENDING_IMPORT" and version["asked"] > 1:
            version["state"] = "ENABLED"
        return self.shown(name, id)

    def set_primary(self, name, id):
        key = self.key(name)
        if key["purpose"] != "ENCRYPT_DECRYPT" or key["versions"][id]["state"] != "ENABLED":
            raise failure(400, "FAILED_PRECONDITION", "only an enabled version of a symmetric key is primary")
        key["primary"] = id
        return self.shown_key(name)

    def update(self, name, id, query, body):
        assert query["updateMask"] == "state", query
        version, state = self.key(name)["versions"][id], named(CryptoKeyVersion.CryptoKeyVersionState, body["state"])
        if version["state"] not in ("ENABLED", "DISABLED") or state not in ("ENABLED", "DISABLED"):
            raise failure(400, "FAILED_PRECONDITION", version["state"])
        version["state"] = state
        return self.shown(name, id)

    def destroy(self, name, id):
        version = self.key(name)["versions"][id]
        if version["state"] not in ("ENABLED", "DISABLED"):
            raise failure(400, "FAILED_PRECONDITION", version["state"])
        version["state"] = "DESTROY_SCHEDULED"
        return self.shown(name, id)
