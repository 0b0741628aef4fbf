# Finds or installs the tools. What stays missing is named with its package and added to CASEMATE_SKIP, which the
# parts, the Rust tests and the Python tests all honour.

softhsm_module=
python=target/venv/bin/python
CASEMATE_SKIP=${CASEMATE_SKIP:-}

# left_out NAME: whether tests that need NAME are to be skipped
left_out() { [[ ",$CASEMATE_SKIP," == *",$1,"* ]]; }

# leave_out NAME REASON
leave_out() {
    left_out "$1" && return
    echo "missing: $2; tests that need '$1' are skipped"
    CASEMATE_SKIP="${CASEMATE_SKIP:+$CASEMATE_SKIP,}$1"
}

setup() {
    command -v cargo >/dev/null || { echo "tests/run: no cargo; install Rust 1.95 or newer from https://rustup.rs" >&2; exit 1; }
    install_packages
    find_softhsm || leave_out softhsm "libsofthsm2.so (Debian package softhsm2)"
    command -v openocd >/dev/null || leave_out openocd "OpenOCD (Debian package openocd)"
    has_openssl || leave_out openssl "openssl and curl (Debian packages openssl and curl)"
    has_qemu || leave_out qemu "qemu-system-arm (Debian package qemu-system-arm)"
    left_out thumb || thumb_targets || leave_out thumb "Rust targets $thumb (rustup target add $thumb)"
    has_memcheck || leave_out valgrind "valgrind (Debian package valgrind), or Linux on x86-64"
    has_chromium || leave_out chromium "chromium, chromedriver and certutil (Debian packages chromium, chromium-driver and libnss3-tools)"
    has_pebble || leave_out pebble "pebble and pebble-challtestsrv (Debian package pebble)"
    has_knot || leave_out knot "knotd (Debian package knot)"
    has_certtool || leave_out certtool "certtool (Debian package gnutls-bin)"
    has_faketime || leave_out faketime "libfaketimeMT.so.1 (Debian package libfaketime)"
    has_fuzzer || leave_out fuzzer "a C++ compiler on Linux with glibc (Debian package g++)"
    left_out python || python_venv || leave_out python "Python 3 with venv, and packages from PyPI (Debian package python3-venv)"
    export_cavp
    export CASEMATE_SKIP
    [ -z "$CASEMATE_SKIP" ] || echo "left out: $CASEMATE_SKIP"
}

has_openssl() { command -v openssl >/dev/null && command -v curl >/dev/null; }
has_qemu() { command -v qemu-system-arm >/dev/null; }
has_pebble() { command -v pebble >/dev/null && command -v pebble-challtestsrv >/dev/null; }
has_knot() { command -v knotd >/dev/null; }
has_certtool() { command -v certtool >/dev/null; }
has_faketime() { compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null; }
has_chromium() { [ -x /usr/bin/chromium ] && command -v chromedriver >/dev/null && command -v certutil >/dev/null; }
has_venv() { python3 -c 'import ensurepip, venv' 2>/dev/null; }

find_softhsm() {
    for softhsm_module in "${SOFTHSM2_MODULE:-}" /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so; do
        [ -f "$softhsm_module" ] && export SOFTHSM2_MODULE="$softhsm_module" && command -v softhsm2-util >/dev/null && return
    done
    return 1
}

install_packages() {
    local wanted=()
    left_out openocd || command -v openocd >/dev/null || wanted+=(openocd)
    left_out openssl || has_openssl || wanted+=(openssl curl)
    left_out softhsm || find_softhsm || wanted+=(softhsm2)
    left_out qemu || has_qemu || wanted+=(qemu-system-arm)
    left_out pebble || has_pebble || wanted+=(pebble)
    left_out knot || has_knot || wanted+=(knot)
    left_out certtool || has_certtool || wanted+=(gnutls-bin)
    left_out faketime || has_faketime || wanted+=(libfaketime)
    left_out valgrind || has_memcheck || wanted+=(valgrind libc6-dbg)
    left_out fuzzer || has_fuzzer || wanted+=(g++)
    left_out chromium || left_out python || has_chromium || wanted+=(chromium chromium-driver libnss3-tools)
    left_out python || has_venv || wanted+=(python3 python3-venv)
    [ ${#wanted[@]} -gt 0 ] || return 0
    can_install || return 0
    echo "== installing ${wanted[*]}"
    apt-get update -qq
    local package
    for package in "${wanted[@]}"; do
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" ||
            echo "apt-get could not install $package"
    done
}

can_install() {
    [ "$(id -u)" -eq 0 ] || { echo "not root: nothing is installed"; return 1; }
    grep -qsE '^ID(_LIKE)?=.*debian' /etc/os-release || { echo "not Debian: nothing is installed"; return 1; }
}

# NIST's files with known answers, where the tests of the firmware look for them.
export_cavp() {
    left_out python && return
    CASEMATE_CAVP=$("$python" -c 'import os, cryptography_vectors; print(os.path.dirname(cryptography_vectors.__file__))') &&
        export CASEMATE_CAVP
}

# The environment is made again when the list of packages changes.
python_venv() {
    local list=tests/py/requirements.txt
    has_venv || return 1
    cmp -s "$list" target/venv/made-from.txt && return
    echo "== Python packages"
    rm -rf target/venv
    python3 -m venv target/venv && "$python" -m pip install -q -r "$list" && cp "$list" target/venv/made-from.txt
}
