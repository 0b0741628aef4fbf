"""What breaks real clients when it is missing: the wire contract, request by request."""

import json

import pytest

ENVELOPE = {"request_id", "lease_id", "renewable", "lease_duration", "data", "wrap_info", "warnings", "auth"}


@pytest.fixture
def stored(send, secret, path):
    """The path of a secret with one version."""
    assert send("POST", f"{secret}/data/{path}", '{"data": {"value": 1}}').status_code == 200
    return path


def test_1_content_type_is_exact(send, secret, stored):
    for path, status in ((f"data/{stored}", 200), ("data/smoke/absent", 404), ("no-such-route", 404)):
        answer = send("GET", f"{secret}/{path}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")


def test_2_answers_have_the_whole_envelope(send, secret, stored):
    found = send("GET", f"{secret}/data/{stored}").json()
    assert ENVELOPE <= set(found)
    assert (found["lease_id"], found["renewable"], found["lease_duration"]) == ("", False, 0)
    absent = send("GET", f"{secret}/data/smoke/absent").json()
    assert ENVELOPE | {"error_code", "errors", "error_id"} <= set(absent)
    assert absent["error_code"] == 17125377
    version = send("GET", f"{secret}/data/{stored}?version=7").json()
    assert version["error_code"] == 17125378


@pytest.mark.parametrize("form", ["{0}/a@x", "{0}/a%40x", "{0}%2Fa@x", "{0}%2fa%40x"])
def test_3_paths_are_decoded_once(send, secret, path, form):
    written = send("POST", f"{secret}/data/{form.format(path)}", '{"data": {"value": 1}}')
    assert written.status_code == 200, written.text
    assert send("GET", f"{secret}/data/{path}/a@x").json()["data"]["data"] == {"value": 1}
    assert send("GET", f"{secret}/data/{path}/a%2540x").status_code in (400, 404), "decoded twice"


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_4_post_and_put_are_the_same(send, secret, path, method):
    def call(route, body, status):
        answer = send(method, f"{secret}/{route}", json.dumps(body))
        assert answer.status_code == status, answer.text

    call("config", {"max_versions": 0}, 204)
    call(f"data/{path}", {"data": {"value": 1}}, 200)
    call(f"metadata/{path}", {"max_versions": 5}, 204)
    for action in ("delete", "undelete", "destroy"):
        call(f"{action}/{path}", {"versions": [1]}, 204)


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/json"])
def test_5_bodies_are_json_whatever_they_are_called(send, secret, path, kind):
    headers = {"Content-Type": kind} if kind else {}
    answer = send("POST", f"{secret}/data/{path}", '{"data": {"value": 1}}', headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("kind", ["application/merge-patch+json", "application/json"])
def test_5_patch_takes_both_types_and_keeps_the_version(send, secret, stored, kind):
    body = '{"data": {"value": null, "other": 2}}'
    answer = send("PATCH", f"{secret}/data/{stored}", body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["data"]["version"]) == (200, 1)
    assert send("GET", f"{secret}/data/{stored}").json()["data"]["data"] == {"other": 2}


@pytest.mark.parametrize("true", ["1", "t", "T", "true", "TRUE", "True"])
def test_6_get_lists_with_every_spelling_of_true(send, secret, stored, true):
    folder, _, name = stored.rpartition("/")
    for path in (f"metadata/{folder}", f"metadata/{folder}/"):
        assert name in send("GET", f"{secret}/{path}?list={true}").json()["data"]["keys"]


def test_6_list_and_its_variants(send, secret, stored):
    folder, _, name = stored.rpartition("/")
    for path in (f"metadata/{folder}", f"metadata/{folder}/"):
        assert name in send("LIST", f"{secret}/{path}").json()["data"]["keys"]
    for path in ("metadata", "metadata/"):
        assert f"{folder}/" in send("LIST", f"{secret}/{path}").json()["data"]["keys"]
        assert f"{folder}/" in send("GET", f"{secret}/{path}?list=true").json()["data"]["keys"]
    assert send("GET", f"{secret}/metadata/{stored}?list=false").json()["data"]["current_version"] == 1


def test_8_what_clients_ask_before_they_begin(send, daemon):
    base = f"/api/{daemon.domain}/v1"
    token = send("GET", f"{base}/auth/token/lookup-self").json()["data"]
    assert {"id", "type", "ttl", "expire_time", "policies"} <= set(token)
    for path in ("secret", "secret/data/anything"):
        mount = send("GET", f"{base}/sys/internal/ui/mounts/{path}").json()["data"]
        assert (mount["path"], mount["type"], mount["options"]["version"]) == ("secret/", "kv", "2")
    for path in (f"{base}/sys/health", "/v1/sys/health"):
        health = send("GET", path, token=None)
        assert (health.status_code, health.json()["initialized"], health.json()["sealed"]) == (200, True, False)
    assert send("GET", "/v1/sys/seal-status", token=None).json()["sealed"] is False


def test_9_aliases_lead_to_the_same_secret(send, stored, daemon):
    for prefix in (f"/api/{daemon.domain}/v1", f"/v1/api/{daemon.domain}", "/v1"):
        assert send("GET", f"{prefix}/secret/data/{stored}").json()["data"]["data"] == {"value": 1}
    assert send("GET", "/v1/auth/token/lookup-self").status_code == 200


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"data": 1}', '{"options": {}}', "[" * 100_000])
def test_bad_bodies_are_the_callers_fault(send, secret, path, body):
    answer = send("POST", f"{secret}/data/{path}", body)
    assert answer.status_code == 400, answer.text
    assert answer.headers["Content-Type"] == "application/json" and answer.json()["errors"]
    assert send("GET", f"{secret}/data/{path}").status_code == 404


def test_unknown_methods_and_routes(send, secret, stored):
    assert send("BREW", f"{secret}/data/{stored}").status_code == 405
    assert send("DELETE", f"{secret}/config").status_code == 405
    assert send("GET", "/nowhere").status_code == 404
