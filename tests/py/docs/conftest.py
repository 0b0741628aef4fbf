"""What the documentation's tests share."""

import json
import subprocess
import time

import pytest
import requests

START_SECONDS = 60


@pytest.fixture
def document(daemon):
    """One OpenAPI document, as the page for reading has it."""

    def document(name):
        answer = requests.get(f"{daemon.url}/docs/openapi/{name}.json", timeout=30)
        answer.raise_for_status()
        return answer.json()

    return document


class Browser:
    """Headless Chromium, driven by the W3C WebDriver protocol."""

    ELEMENT = "element-6066-11e4-a52e-4f735466cecf"

    def __init__(self, driver, directory):
        self._driver = driver
        options = {
            "binary": "/usr/bin/chromium",
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={directory}/profile"],
        }
        answer = self._send("POST", "/session", {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}})
        self._session = f"/session/{answer['sessionId']}"

    def _send(self, method, path, body=None):
        answer = requests.request(method, self._driver + path, json=body, timeout=60).json()["value"]
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(f"{answer['error']}: {answer['message']}")
        return answer

    def open(self, url):
        self._send("POST", f"{self._session}/url", {"url": url})

    def run(self, script, *arguments):
        """What a script returns."""
        return self._send("POST", f"{self._session}/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script, *arguments):
        """What a script returns, once that is something."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if found := self.run(script, *arguments):
                return found
            time.sleep(0.05)
        raise TimeoutError(f"{script} stays empty; the page holds {self.run('return document.body.innerText')[:2000]!r}")

    def press(self, *keys):
        """Presses keys one after the other, wherever the focus is."""
        down_and_up = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": down_and_up}]
        self._send("POST", f"{self._session}/actions", {"actions": actions})

    def tab_to(self, selector):
        """Presses Tab until the focus is on what the selector means."""
        for _ in range(200):
            if self.run("return document.activeElement.matches(arguments[0])", selector):
                return
            self.press("\ue004")
        raise TimeoutError(f"the Tab key never comes to {selector}")

    def close(self):
        self._send("DELETE", self._session)


@pytest.fixture
def browser(tmp_path):
    with open(tmp_path / "chromedriver.log", "w+") as log:
        process = subprocess.Popen(["chromedriver", "--port=0"], stdout=log, stderr=subprocess.STDOUT)
        try:
            running = Browser(f"http://127.0.0.1:{port_of(process, log)}", tmp_path)
            yield running
            running.close()
        finally:
            process.terminate()
            process.wait()


def port_of(process, log):
    """chromedriver prints the port that it got."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        log.seek(0)
        for line in log.read().splitlines():
            if "started successfully on port" in line:
                return int(line.rstrip(".").split()[-1])
        time.sleep(0.05)
    log.seek(0)
    raise RuntimeError(f"chromedriver does not start: {json.dumps(log.read())}")
