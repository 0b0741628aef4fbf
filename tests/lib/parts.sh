# The parts of the suite, in the order in which they say the most for the least time.

part_fmt() {
    check "fmt" cargo fmt --all --check
}

part_clippy() {
    check "clippy" cargo clippy --locked --all-targets -- -D warnings
    check "clippy of the boards' own tests" cargo clippy --locked -p casemate-b-u585i -p casemate-pico2 --all-targets -- -D warnings
    if left_out thumb; then
        skip "clippy of the boards" 3 "no thumb targets"
    else
        check "clippy ast1030" board_cargo clippy --locked -p casemate-ast1030 --target thumbv7em-none-eabihf -- -D warnings
        check "clippy b-u585i, pico2" clippy_boards
        check "clippy b-u585i with a tamper input" board_cargo clippy --locked -p casemate-b-u585i --features tamper --target thumbv8m.main-none-eabihf -- -D warnings
    fi
}

clippy_boards() {
    local board
    for board in b-u585i pico2; do
        board_cargo clippy --locked -p "casemate-$board" --target thumbv8m.main-none-eabihf -- -D warnings || return 1
    done
}

part_docs() {
    check "docs" env RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items
}

part_crates() {
    check "one crate generation" one_generation
    check "a second copy is refused" refuses_second_copy
}

# The test programs that have OpenSSL or curl on the other side.
openssl_tests="cli_keys e2e_keys https ibm imco"

part_rust() {
    local filter=() program
    if left_out openssl; then
        filter=(-E "not binary(/^(${openssl_tests// /|})\$/)")
        for program in $openssl_tests; do
            skip "tests/tests/$program" 1 "no openssl or curl"
        done
    fi
    build_daemon && { left_out thumb || { build_ast1030 && build_development && build_boards; }; } || record "builds" 0 1 0
    if command -v cargo-nextest >/dev/null; then
        runner "rust tests" nextest cargo nextest run --config-file tests/nextest.toml --locked --workspace --no-fail-fast --success-output immediate "${filter[@]}"
    else
        runner "rust tests" libtest cargo test --locked --workspace --no-fail-fast --lib --bins --tests -- --show-output
    fi
    runner "rust doc tests" libtest cargo test --locked --doc
}

part_time() {
    if left_out valgrind; then
        skip "constant time" 1 "no valgrind for this processor"
        return
    fi
    build_constant_time || { record "constant-time check builds" 0 1 0; return; }
    check "constant time" constant_time
}

part_fuzz() {
    local targets=($fuzz_targets) at second beside
    if left_out fuzzer; then
        skip "fuzzing" "$(wc -w <<<"$fuzz_targets")" "no C++ compiler for libFuzzer, or not Linux"
        return
    fi
    build_fuzz || { record "fuzz targets build" 0 1 0; return; }
    # Each keeps one core busy.
    for ((at = 0; at < ${#targets[@]}; at += 2)); do
        second=${targets[at + 1]-}
        if [ -n "$second" ]; then
            fuzz "$second" "$fuzz_seconds" &
            beside=$!
        fi
        check "fuzz ${targets[at]}, $fuzz_seconds s" fuzz "${targets[at]}" "$fuzz_seconds"
        [ -z "$second" ] || check "fuzz $second, $fuzz_seconds s" wait "$beside"
    done
}

# Not a part of the whole: keeps what fuzzing has found here, see tests/fuzz/corpus.
part_corpus() {
    local target
    build_fuzz || { record "fuzz targets build" 0 1 0; return; }
    for target in $fuzz_targets; do
        check "corpus of $target" keep_corpus "$target"
    done
}

# Every case of hvac's own suite for KV version 2, on every backend: one case more or less than these is a failure too.
hvac_cases=84

part_hvac() {
    local backend reason suite=target/hvac/hvac-$hvac_version
    for backend in sim qemu softhsm; do
        if reason=$(backend_missing "$backend"); then
            skip "hvac suite on $backend" "$hvac_cases" "$reason"
            continue
        fi
        fetch_hvac && build_for "$backend" || { record "hvac suite on $backend" 0 1 0; continue; }
        runner "hvac suite on $backend" pytest env PATH="$PWD/tests/py/hvac_suite/bin:$PATH" \
            "$python" -m pytest -c tests/py/pytest.ini --rootdir "$suite" -p hvac_suite.shim --backend "$backend" \
            "$suite/tests/integration_tests/api/secrets_engines/test_kv_v2.py"
        [ "$last_counts" = "$hvac_cases 0 0" ] || check "all $hvac_cases cases on $backend" false
    done
}

part_smoke() {
    local backend reason
    for backend in sim qemu softhsm; do
        if reason=$(backend_missing "$backend"); then
            skip "smoke on $backend" 1 "$reason"
            continue
        fi
        build_for "$backend" || { record "smoke on $backend" 0 1 0; continue; }
        runner "smoke on $backend" pytest \
            "$python" -m pytest -c tests/py/pytest.ini --backend "$backend" tests/py/smoke
    done
}

# The pages that document the APIs, and whether what they say is true.
part_pages() {
    local reason
    if reason=$(backend_missing sim); then
        skip "documentation pages" 1 "$reason"
        return
    fi
    build_for sim || { record "documentation pages" 0 1 0; return; }
    runner "documentation pages" pytest "$python" -m pytest -c tests/py/pytest.ini -n 2 tests/py/docs
}

# Keys distributed to clouds and tokens: MiniStack, fakes proven by the clouds' own clients, SoftHSM.
part_clouds() {
    local need
    for need in python softhsm openssl; do
        left_out "$need" && { skip "clouds" 1 "no $need"; return; }
    done
    build_for sim || { record "clouds" 0 1 0; return; }
    runner "clouds on sim" pytest "$python" -m pytest -c tests/py/pytest.ini -n 2 --dist loadfile tests/py/clouds
}

# backend_missing BACKEND: says what it lacks; succeeds when it lacks something
backend_missing() {
    local need needs=python
    case $1 in
        qemu) needs="python qemu thumb" ;;
        softhsm) needs="python softhsm" ;;
    esac
    for need in $needs; do
        left_out "$need" && echo "no $need" && return
    done
    return 1
}
