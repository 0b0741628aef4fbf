"""Sealing with hvac: the officer PIN of the simulator unseals, a wrong one does not, and the last try is not given away."""

import hvac
import pytest
from hvac import exceptions


def test_the_officer_pin_unseals(start, request, name):
    if request.config.getoption("backend") != "sim":
        pytest.skip("only a device of ours has an officer PIN")
    running = start(f"sealed-{name}")
    vault = hvac.Client(url=running.url, token=running.token)
    vault.write_data("keymgmt/key/app", data={"type": "ecdsa-p256"})
    vault.sys.seal()
    assert vault.sys.is_sealed() and vault.sys.read_health_status(method="GET").status_code == 503
    with pytest.raises(exceptions.VaultDown, match="Vault is sealed"):
        vault.read("keymgmt/key/app")
    running.stop()
    running = start(f"sealed-{name}")
    vault = hvac.Client(url=running.url, token=running.token)
    assert vault.sys.is_sealed()
    for _ in range(20):
        with pytest.raises(exceptions.InvalidRequest) as raised:
            vault.sys.submit_unseal_key("000000")
    assert "casemate device pin verify" in str(raised.value)
    assert vault.sys.is_sealed()
    running.stop()


def test_unsealed_it_serves_as_before(start, request, name):
    if request.config.getoption("backend") != "sim":
        pytest.skip("only a device of ours has an officer PIN")
    running = start(f"unsealed-{name}")
    vault = hvac.Client(url=running.url, token=running.token)
    vault.write_data("keymgmt/key/app", data={"type": "ecdsa-p256"})
    vault.sys.seal()
    pin = (running.data / "officer-pin").read_text().strip()
    assert vault.sys.submit_unseal_key(pin)["sealed"] is False
    assert vault.read("keymgmt/key/app")["data"]["latest_version"] == 1
    running.stop()
