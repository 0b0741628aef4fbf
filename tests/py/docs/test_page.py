"""The pages of the documentation, in headless Chromium."""

import os

import pytest

pytestmark = pytest.mark.skipif("chromium" in os.environ.get("CASEMATE_SKIP", "").split(","), reason="no chromium")

ENTER, SPACE = "\ue007", " "
ROWS = "return document.querySelectorAll('.opblock').length"
PING = "#operations-Settings-ping"


def operations(document):
    return sum(len(path) for path in document["paths"].values())


def test_everybody_can_read(daemon, browser, document):
    browser.open(f"{daemon.url}/docs/")
    browser.wait(ROWS)
    assert browser.run(ROWS) == operations(document("imco"))
    loaded = browser.run("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert loaded and all(name.startswith(daemon.url) for name in loaded), loaded
    browser.tab_to(f"{PING} button")
    browser.press(ENTER)
    browser.wait("return document.querySelector(arguments[0])", f"{PING}.is-open .responses-table")
    assert not browser.run("return document.querySelectorAll('.try-out, .execute').length")


def test_a_request_can_be_tried_with_a_token_and_the_keyboard_alone(daemon, browser):
    page = f"/api/{daemon.domain}/docs/"
    # The password is remembered for the pages that follow; a page whose own URL has one may not fetch anything.
    browser.open(daemon.url.replace("://", f"://me:{daemon.token}@") + page)
    browser.open(f"{daemon.url}{page}?urls.primaryName=IMCO%3A%20key%20vaults%20and%20secrets")
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
    browser.tab_to(f"{PING} button")
    browser.press(ENTER)
    browser.wait("return document.querySelector(arguments[0])", f"{PING} .execute")
    browser.tab_to(f"{PING} .execute")
    browser.press(ENTER)
    status = browser.wait("return document.querySelector(arguments[0])?.innerText", f"{PING} .live-responses-table .response .response-col_status")
    assert status.startswith("200"), status
    answer = browser.wait("return document.querySelector(arguments[0])?.innerText", f"{PING} .live-responses-table .response .response-col_description")
    assert '"status": "ok"' in answer, answer
