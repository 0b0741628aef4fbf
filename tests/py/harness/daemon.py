"""A daemon of its own for a test session: own data directory, own port, ended by its own process id."""

import os
import subprocess
import time
from pathlib import Path

START_SECONDS = 60
STOP_SECONDS = 20


class Daemon:
    """A running daemon. `base` is what an unchanged Vault client takes as its address."""

    def __init__(self, device, data: Path, settings: Path | None = None, environment: dict | None = None):
        self.data = data
        data.mkdir(exist_ok=True)
        (data / "address").unlink(missing_ok=True)
        self._log = open(data / "daemon.log", "ab")
        arguments = ["--data", data, "--listen", "127.0.0.1:0", "--device", device.address]
        self._process = subprocess.Popen(
            [os.environ["CASEMATE_BIN"], "serve", *arguments, *(["--config", settings] if settings else [])],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "CASEMATE_TRUST_ON_FIRST_USE": "true", **device.environment, **(environment or {})},
        )
        self.url = f"http://{self._await_address()}"
        self.token = (data / "root-token").read_text().strip()
        self.domain = (data / "okms-domain").read_text().strip()

    @property
    def base(self) -> str:
        return f"{self.url}/api/{self.domain}"

    @property
    def tls_url(self) -> str:
        """Where HTTPS is served, once it is."""
        address = self.data / "address-tls"
        deadline = time.monotonic() + START_SECONDS
        while not (address.exists() and address.read_text().strip()):
            if time.monotonic() > deadline:
                raise RuntimeError(f"the daemon serves no HTTPS:\n{self.log()}")
            time.sleep(0.02)
        return f"https://{address.read_text().strip()}"

    def _await_address(self) -> str:
        """The daemon writes the address last, once it serves."""
        address = self.data / "address"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"the daemon ended with {self._process.returncode}:\n{self.log()}")
            if address.exists() and (text := address.read_text().strip()):
                return text
            time.sleep(0.02)
        self._process.kill()
        raise RuntimeError(f"the daemon wrote no address in {START_SECONDS} s:\n{self.log()}")

    def log(self) -> str:
        return (self.data / "daemon.log").read_text(errors="replace")

    def kill(self):
        """Ends it as a crash would."""
        self._process.kill()
        self._process.wait()
        self._log.close()

    def stop(self):
        """Asks it to end, and demands that it does so in order."""
        self._process.terminate()
        try:
            status = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise RuntimeError(f"the daemon did not stop in {STOP_SECONDS} s:\n{self.log()}") from None
        finally:
            self._log.close()
        if status != 0:
            raise RuntimeError(f"the daemon stopped with status {status}:\n{self.log()}")
