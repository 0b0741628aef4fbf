"""What the documentation's tests share."""

import contextlib
import json
import os
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

    def run_async(self, script, *arguments):
        """What a script gives to the function that is its last argument."""
        return self._send("POST", f"{self._session}/execute/async", {"script": script, "args": list(arguments)})

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
    with start(tmp_path, ["chromedriver", "--port=0"]) as running:
        yield running


@pytest.fixture
def card_browser(daemon, tmp_path):
    """A browser that holds a client certificate for the daemon's domain, and trusts the daemon's authority.

    Both are in the database of NSS below its home. That it shows the certificate without asking anybody is a policy,
    which Chromium reads below /etc/chromium only: a directory of the test's own is mounted there, for this browser alone.
    """
    apart = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    if subprocess.run([*apart, "true"], capture_output=True).returncode != 0:
        pytest.skip("no mount of its own can be made here")
    run_casemate(daemon, "ca", "issue", "--domain", daemon.domain, "--out", tmp_path / "card")
    certificate_database(tmp_path, daemon.data / "ca.pem")
    policies = tmp_path / "chromium" / "policies" / "managed"
    policies.mkdir(parents=True)
    choice = json.dumps({"pattern": daemon.tls_url, "filter": {}})
    (policies / "card.json").write_text(json.dumps({"AutoSelectCertificateForUrls": [choice]}))
    inside = f"mount --bind '{policies.parent.parent}' /etc/chromium && exec chromedriver --port=0"
    with start(tmp_path, [*apart, "sh", "-c", inside], HOME=str(tmp_path)) as running:
        yield running


def run_casemate(daemon, *arguments):
    environment = {**os.environ, "CASEMATE_DATA": str(daemon.data)}
    subprocess.run([os.environ["CASEMATE_BIN"], *arguments], env=environment, check=True, capture_output=True)


def certificate_database(home, authority):
    """Makes the database, with the authority and the certificate in `card`."""
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    card = home / "card"
    bundle = ["openssl", "pkcs12", "-export", "-in", card / "cert.crt", "-inkey", card / "private" / "cert.key"]
    for command in [
        [*bundle, "-out", home / "card.p12", "-passout", "pass:"],
        ["certutil", "-N", "-d", f"sql:{database}", "--empty-password"],
        ["certutil", "-A", "-d", f"sql:{database}", "-n", "casemate", "-t", "C,,", "-i", authority],
        ["pk12util", "-i", home / "card.p12", "-d", f"sql:{database}", "-W", ""],
    ]:
        subprocess.run(command, check=True, capture_output=True)


@contextlib.contextmanager
def start(directory, command, **environment):
    with open(directory / "chromedriver.log", "w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **environment})
        try:
            running = Browser(f"http://127.0.0.1:{port_of(process, log)}", directory)
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
