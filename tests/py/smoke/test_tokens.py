"""Who is asking, and what they may do."""

import time
import uuid

import hvac
import pytest
from hvac import exceptions


@pytest.fixture
def restricted(client, daemon):
    """Makes a client whose token has one policy: these capabilities below `smoke/` in this domain."""

    def restricted(*capabilities, **parameters):
        name = f"smoke-{uuid.uuid4()}"
        listed = ", ".join(f'"{capability}"' for capability in capabilities)
        paths = [f"api/{daemon.domain}/secret/{part}/smoke/*" for part in ("data", "metadata")]
        rules = "\n".join(f'path "{path}" {{ capabilities = [{listed}] }}' for path in paths)
        client.sys.create_or_update_acl_policy(name=name, policy=rules)
        answer = client.auth.token.create(policies=[name], **parameters)
        return hvac.Client(url=daemon.base, token=answer["auth"]["client_token"])

    return restricted


def test_only_a_good_token_is_authenticated(daemon):
    assert hvac.Client(url=daemon.base, token=daemon.token).is_authenticated()
    assert not hvac.Client(url=daemon.base, token="hvs.wrong").is_authenticated()


def test_a_token_may_do_what_its_policy_says_and_no_more(restricted, kv, path):
    kv.create_or_update_secret(path=path, secret={"value": 1})
    reader = restricted("read")
    assert reader.is_authenticated()
    kv2 = reader.secrets.kv.v2
    assert kv2.read_secret_version(path=path, raise_on_deleted_version=True)["data"]["data"] == {"value": 1}
    for refused in (
        lambda: kv2.create_or_update_secret(path=path, secret={"value": 2}),
        lambda: kv2.delete_latest_version_of_secret(path=path),
        lambda: kv2.delete_metadata_and_all_versions(path=path),
        lambda: kv2.read_secret_version(path="elsewhere", raise_on_deleted_version=True),
        lambda: kv2.list_secrets(path="smoke"),
        lambda: reader.sys.read_acl_policy(name="root"),
    ):
        with pytest.raises(exceptions.Forbidden):
            refused()


def test_create_is_not_update(restricted, path):
    creator = restricted("create").secrets.kv.v2
    creator.create_or_update_secret(path=path, secret={"value": 1})
    with pytest.raises(exceptions.Forbidden):
        creator.create_or_update_secret(path=path, secret={"value": 2})


def test_revoked_and_expired_tokens_are_refused(restricted):
    revoked = restricted("read")
    revoked.auth.token.revoke_self()
    assert not revoked.is_authenticated()
    expiring = restricted("read", ttl="1s")
    ttl = expiring.auth.token.lookup_self()["data"]["ttl"]
    assert ttl in (0, 1)
    time.sleep(1.1)
    assert not expiring.is_authenticated()


def test_renewing_extends(restricted):
    renewing = restricted("read", ttl="1m")
    renewed = renewing.auth.token.renew_self(increment="1h")
    assert renewed["auth"]["lease_duration"] > 60


def test_bearer_and_vault_token_are_the_same(send, secret, path, daemon):
    body = '{"data": {"value": 1}}'
    bearer = {"Authorization": f"Bearer {daemon.token}"}
    assert send("POST", f"{secret}/data/{path}", body, token=None, headers=bearer).status_code == 200
    assert send("GET", f"{secret}/data/{path}").json()["data"]["data"] == {"value": 1}


def test_refusals_have_the_callers_own_shape(send, secret, path):
    vault = send("GET", f"{secret}/data/{path}", token="hvs.wrong")
    assert (vault.status_code, vault.json()["errors"]) == (403, ["permission denied"])
    okms = send("GET", f"{secret}/data/{path}", token=None, headers={"Authorization": "Bearer wrong"})
    assert okms.status_code == 401
    assert {"error_code", "errors", "request_id"} <= set(okms.json())
    assert send("GET", f"{secret}/data/{path}", token=None).status_code in (401, 403)
