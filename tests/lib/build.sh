# What the end-to-end tests run: the daemon as it is shipped, and the firmware image that QEMU boots. Each is built
# once, and named to the tests in the environment.

build_daemon() {
    [ -z "${CASEMATE_BIN:-}" ] || return 0
    cargo build --locked --release -p casemate && export CASEMATE_BIN="$PWD/target/release/casemate"
}

build_ast1030() {
    [ -z "${CASEMATE_AST1030_ELF:-}" ] || return 0
    local target=thumbv7em-none-eabihf
    board_cargo build --locked --profile firmware -p casemate-ast1030 --target "$target" &&
        export CASEMATE_AST1030_ELF="$PWD/target/$target/firmware/casemate-ast1030"
}

# The images of the real boards, by the command that README.md gives.
build_boards() {
    local board target=thumbv8m.main-none-eabihf
    for board in b-u585i pico2; do
        board_cargo build --locked --profile firmware -p "casemate-$board" --target "$target" || return 1
    done
    export CASEMATE_B_U585I_ELF="$PWD/target/$target/firmware/casemate-b-u585i"
    export CASEMATE_PICO2_ELF="$PWD/target/$target/firmware/casemate-pico2"
}

# The same with logs, for debuggers. They are built where the others will be, so that what both are made of is built once, and
# laid aside before those.
build_development() {
    local board directory=target/development target=thumbv8m.main-none-eabihf
    mkdir -p "$directory"
    for board in b-u585i pico2; do
        board_cargo build --locked --profile firmware -p "casemate-$board" --bin "casemate-$board" --features development --target "$target" &&
            cp "target/$target/firmware/casemate-$board" "$directory" || return 1
    done
    export CASEMATE_DEVELOPMENT_IMAGES="$PWD/$directory"
}

# build_for BACKEND: what a daemon on it needs
build_for() { build_daemon && { [ "$1" != qemu ] || build_ast1030; }; }

hvac_version=$(sed -n 's/^hvac==//p' tests/py/requirements.txt)

# Its tests are in the source distribution only, which is fetched, never kept in the tree.
fetch_hvac() {
    local directory=target/hvac
    [ ! -d "$directory/hvac-$hvac_version/tests" ] || return 0
    "$python" -m pip download -q --no-deps --no-binary :all: -d "$directory" "hvac==$hvac_version" &&
        tar -C "$directory" -xzf "$directory/hvac-$hvac_version.tar.gz"
}
