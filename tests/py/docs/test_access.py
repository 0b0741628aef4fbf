"""Who may see which page."""

import base64

import requests


def basic(token):
    return {"Authorization": "Basic " + base64.b64encode(f"me:{token}".encode()).decode()}


def test_reading_needs_nothing(daemon):
    page = requests.get(f"{daemon.url}/docs", timeout=30)
    assert page.url == f"{daemon.url}/docs/"
    assert "swagger-ui" in page.text and "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert '"supportedSubmitMethods": []' in requests.get(page.url + "swagger-initializer.js", timeout=30).text
    assert requests.get(page.url + "nothing", timeout=30).status_code == 404
    assert requests.post(page.url, timeout=30).status_code == 405


def test_trying_needs_a_token(daemon):
    page = f"{daemon.url}/api/{daemon.domain}/docs/"
    unknown = requests.get(page, timeout=30)
    assert unknown.status_code == 401 and unknown.headers["WWW-Authenticate"].startswith("Basic ")
    for headers, status in [
        (basic(daemon.token), 200),
        (basic("nonsense"), 401),
        ({"Authorization": f"Bearer {daemon.token}"}, 200),
        ({"X-Vault-Token": daemon.token}, 200),
        ({"Authorization": "Basic ?"}, 401),
    ]:
        assert requests.get(page, headers=headers, timeout=30).status_code == status, headers
    other = page.replace(daemon.domain, "00000000-0000-4000-8000-000000000000")
    assert requests.get(other, headers=basic(daemon.token), timeout=30).status_code == 404
