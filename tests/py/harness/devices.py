"""The ways to have a device: the simulator, the ARM firmware in QEMU, and SoftHSM in the device's place."""

import contextlib
import os
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

FLASH_BYTES = 1 << 20
PIN = "4321"


@dataclass
class Device:
    """What the daemon needs to reach it."""

    address: str
    environment: dict = field(default_factory=dict)


@contextlib.contextmanager
def simulator(directory: Path):
    yield Device("sim:")


@contextlib.contextmanager
def qemu(directory: Path):
    flash = directory / "flash.bin"
    flash.write_bytes(b"\xff" * FLASH_BYTES)
    uart = directory / "uart"
    arguments = ["-M", "ast1030-evb,fmc-model=w25q80bl", "-nographic", "-monitor", "none"]
    arguments += ["-serial", f"unix:{uart},server=on,wait=off"]
    arguments += ["-drive", f"file={flash},if=mtd,format=raw"]
    arguments += ["-kernel", os.environ["CASEMATE_AST1030_ELF"]]
    with open(directory / "qemu.log", "wb") as log:
        process = subprocess.Popen(["qemu-system-arm", *arguments], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        yield Device(f"unix:{uart}")
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def softhsm(directory: Path):
    tokens = directory / "tokens"
    tokens.mkdir()
    configuration = directory / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    pin_file = directory / "pin"
    pin_file.write_text(PIN)
    environment = {"SOFTHSM2_CONF": str(configuration)}
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "casemate", "--pin", PIN, "--so-pin", PIN],
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )
    yield Device(f"pkcs11:{os.environ['SOFTHSM2_MODULE']}?token=casemate&pin-source={pin_file}", environment)


KINDS = {"sim": simulator, "qemu": qemu, "softhsm": softhsm}
