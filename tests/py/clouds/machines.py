"""The metadata services of machines in the clouds, which give whoever runs there the machine's identity: plain HTTP, and a
header that no browser or proxy sends by mistake.

Source: Amazon EC2's "Use the Instance Metadata Service" (version 2), Azure's "Managed identities: get an access token", and
Google's "About VM metadata".
"""

from .azure import RESOURCE
from .server import Fake, Refusal


class Machine(Fake):
    """A metadata service; refuses what came through a proxy, as they all do."""

    def __init__(self, name):
        super().__init__(None, name)

    def answer(self, method, path, query, headers, body):
        if headers["x-forwarded-for"]:
            raise Refusal(403, {"error": "forwarded"})
        return self.told(method, path, query, headers)


class Ec2(Machine):
    """Gives a role's credentials to whoever has fetched a token."""

    def __init__(self, user):
        self.role = {"AccessKeyId": user["access_key"], "SecretAccessKey": user["secret_key"], "Token": ""}
        super().__init__("ec2")

    def told(self, method, path, query, headers):
        if (method, path) == ("PUT", "/latest/api/token") and headers["x-aws-ec2-metadata-token-ttl-seconds"]:
            return "a-token"
        if headers["x-aws-ec2-metadata-token"] != "a-token":
            raise Refusal(401, {})
        roles = "/latest/meta-data/iam/security-credentials/"
        answers = {roles: "a-role\n", roles + "a-role": self.role}
        if path not in answers:
            raise Refusal(404, {})
        return answers[path]


class Imds(Machine):
    """Azure's. `identities`: which were asked for, `None` for the machine's own."""

    def __init__(self, azure):
        self.azure, self.identities = azure, []
        super().__init__("imds")

    def told(self, method, path, query, headers):
        assert (method, path) == ("GET", "/metadata/identity/oauth2/token"), path
        assert query["api-version"] == "2018-02-01" and query["resource"] == RESOURCE, query
        if headers["metadata"] != "true":
            raise Refusal(400, {"error": "invalid_request", "error_description": "Required metadata header not specified"})
        self.identities.append(query.get("client_id"))
        return {"access_token": self.azure.issue("machine"), "expires_in": "86399", "resource": RESOURCE, "token_type": "Bearer"}


class Gce(Machine):
    """Google's; says in each answer that it is."""

    def __init__(self, google):
        self.google, self.asked = google, 0
        super().__init__("gce")
        self.headers = {"metadata-flavor": "Google"}

    def told(self, method, path, query, headers):
        assert (method, path) == ("GET", "/computeMetadata/v1/instance/service-accounts/default/token"), path
        if headers["metadata-flavor"] != "Google":
            raise Refusal(403, {"error": "Missing Metadata-Flavor:Google header."})
        self.asked += 1
        return {"access_token": self.google.issue(), "expires_in": 3599, "token_type": "Bearer"}
