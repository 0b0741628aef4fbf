# The parts of the suite, in the order in which they say the most for the least time.

part_fmt() {
    check "fmt" cargo fmt --all --check
}

part_clippy() {
    check "clippy" cargo clippy --locked --all-targets -- -D warnings
    if left_out thumb; then
        skip "clippy ast1030" 1 "no thumbv7em target"
    else
        check "clippy ast1030" cargo clippy --locked -p casemate-ast1030 --target thumbv7em-none-eabihf -- -D warnings
    fi
}

part_crates() {
    check "one crate generation" one_generation
    check "a second copy is refused" refuses_second_copy
}

part_rust() {
    if command -v cargo-nextest >/dev/null; then
        runner "rust tests" nextest cargo nextest run --locked --no-fail-fast --success-output immediate
    else
        runner "rust tests" libtest cargo test --locked --no-fail-fast --lib --bins --tests -- --show-output
    fi
    runner "rust doc tests" libtest cargo test --locked --doc
}
