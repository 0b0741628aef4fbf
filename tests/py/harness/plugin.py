"""A pytest plugin: `--backend` chooses the device; one daemon on it serves the whole session."""

import tempfile
from pathlib import Path

import pytest

from harness.daemon import Daemon
from harness.devices import KINDS


def pytest_addoption(parser):
    parser.addoption("--backend", choices=sorted(KINDS), default="sim", help="the device that the daemon uses")


@pytest.fixture(scope="session")
def daemon(request):
    """A daemon on the chosen backend; it must also stop in order."""
    with tempfile.TemporaryDirectory(prefix="casemate-") as directory:
        directory = Path(directory)
        with KINDS[request.config.getoption("backend")](directory) as device:
            running = Daemon(device, directory / "data")
            yield running
            running.stop()
