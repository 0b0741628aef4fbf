"""The pages of the documentation, in headless Chromium."""

import os

import pytest
import requests

pytestmark = pytest.mark.skipif("chromium" in os.environ.get("CASEMATE_SKIP", "").split(","), reason="no chromium")

ENTER, SPACE = "\ue007", " "
ROWS = "return document.querySelectorAll('.opblock').length"
CONFIG = "#operations-Configuration-read_config"
ANSWER = f"{CONFIG} .live-responses-table .response"


def operations(document):
    return sum(len(path) for path in document["paths"].values())


def test_everybody_can_read(daemon, browser, document):
    browser.open(f"{daemon.url}/docs/")
    browser.wait(ROWS)
    assert browser.run(ROWS) == operations(document("okms"))
    loaded = browser.run("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert loaded and all(name.startswith(daemon.url) for name in loaded), loaded
    browser.tab_to(f"{CONFIG} button")
    browser.press(ENTER)
    browser.wait("return document.querySelector(arguments[0])", f"{CONFIG}.is-open .responses-table")
    assert not browser.run("return document.querySelectorAll('.try-out, .execute').length")


def test_a_request_can_be_tried_with_a_token_and_the_keyboard_alone(daemon, browser):
    page = f"/api/{daemon.domain}/docs/"
    # The password is remembered for the pages that follow; a page whose own URL has one may not fetch anything.
    browser.open(daemon.url.replace("://", f"://me:{daemon.token}@") + page)
    browser.open(daemon.url + page)
    browser.wait(ROWS)
    browser.tab_to(".auth-wrapper .authorize")
    browser.press(ENTER)
    browser.wait("return document.querySelector('.dialog-ux input')")
    browser.tab_to(".dialog-ux input")
    browser.press(*daemon.token)
    browser.press(ENTER)
    browser.wait("return [...document.querySelectorAll('.dialog-ux .auth-btn-wrapper button')].some(b => b.innerText == 'Logout')")
    browser.tab_to(".dialog-ux .btn-done")
    browser.press(ENTER)
    try_config(browser)


def test_a_request_can_be_tried_with_the_browsers_certificate(daemon, card_browser):
    card_browser.open(f"{daemon.tls_url}/api/{daemon.domain}/docs/")
    card_browser.wait(ROWS)
    try_config(card_browser)


def try_config(browser):
    """Runs the request that reads the domain's configuration, by the keyboard."""
    browser.tab_to(f"{CONFIG} button")
    browser.press(ENTER)
    browser.wait("return document.querySelector(arguments[0])", f"{CONFIG} .execute")
    browser.tab_to(f"{CONFIG} .execute")
    browser.press(ENTER)
    status = browser.wait("return document.querySelector(arguments[0])?.innerText", f"{ANSWER} .response-col_status")
    assert status.startswith("200"), status
    answer = browser.wait("return document.querySelector(arguments[0])?.innerText", f"{ANSWER} .response-col_description")
    assert '"max_versions"' in answer, answer


def test_other_documents_can_be_chosen(daemon, browser, document):
    browser.open(f"{daemon.url}/docs/?urls.primaryName=IMCO%3A%20key%20vaults%20and%20secrets")
    browser.wait(ROWS)
    assert browser.run(ROWS) == operations(document("imco"))


# What a page asks for in the name of whoever looks at it; a browser sends such a request without asking the server.
ASK = """
const [url, answered] = arguments;
fetch(url, {method: 'POST', mode: 'no-cors', credentials: 'include', body: '{"data": {"a": 1}}'})
    .then(answer => answered(answer.type + answer.status), error => answered(String(error)));
"""


def test_a_page_of_somebody_elses_can_not_use_the_browsers_certificate(daemon, card_browser):
    url = f"{daemon.tls_url}/api/{daemon.domain}/v1/secret/data/asked-by-"
    card_browser.open(f"{daemon.tls_url}/api/{daemon.domain}/docs/")
    assert card_browser.run_async(ASK, url + "us") == "basic200"
    card_browser.open(f"{daemon.url}/v1/sys/health")
    assert card_browser.run_async(ASK, url + "others") == "opaque0"
    headers = {"X-Vault-Token": daemon.token}
    for name, status in [("us", 200), ("others", 404)]:
        plain = f"{daemon.base}/v1/secret/data/asked-by-{name}"
        assert requests.get(plain, headers=headers, timeout=30).status_code == status, name
