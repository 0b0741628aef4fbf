"""Whether the documents are true: schemathesis asks what they say, with all its checks, always the same."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SEED, CASES = 20261122, 8


@pytest.mark.parametrize("name", ["okms", "imco", "keymgmt", "ibm"])
def test_the_daemon_answers_as_documented(daemon, document, name, tmp_path):
    assert document(name)["openapi"].startswith("3.1.")
    command = [Path(sys.executable).with_name("schemathesis"), "--config-file", HERE / "schemathesis.toml", "run"]
    base = daemon.base if name == "okms" else daemon.url
    command += [f"{daemon.url}/docs/openapi/{name}.json", "--url", base, "--checks", "all"]
    command += ["--seed", str(SEED), "--max-examples", str(CASES), "--no-color", "--generation-database", "none"]
    command += ["--request-timeout", "180"]
    command += ["--header", f"X-Vault-Token: {daemon.token}"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=900)
    assert ran.returncode == 0, ran.stdout[-20000:] + ran.stderr[-2000:]
