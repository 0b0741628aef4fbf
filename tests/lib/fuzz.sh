# Fuzzing with libFuzzer: coverage counters in all of our code and of what it uses, which the stable compiler can put
# there too. Inputs that were found to reach something of their own are kept in tests/fuzz/corpus, packed.

# Two run at a time.
fuzz_targets="frames flash device sealed package"
fuzz_seconds=${CASEMATE_FUZZ_SECONDS:-60}
fuzz_host=$(rustc -vV 2>/dev/null | sed -n 's/^host: //p')
fuzz_found=target/fuzz/corpus
fuzz_flags="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"

# libFuzzer itself is C++.
has_fuzzer() { [[ $fuzz_host == *-linux-gnu ]] && command -v c++ >/dev/null; }

build_fuzz() {
    RUSTFLAGS=$(echo $fuzz_flags) CARGO_TARGET_DIR=target/fuzz \
        cargo build --locked --release --manifest-path tests/fuzz/Cargo.toml --target "$fuzz_host"
}

# fuzz TARGET SECONDS: on the kept inputs and what was found here before; what it finds goes to target/fuzz
fuzz() {
    local found=$fuzz_found/$1 packed=tests/fuzz/corpus/$1.tar.gz
    mkdir -p "$found" && tar -C "$found" -xzf "$packed" && [ -n "$(ls -A "$found")" ] || return 1
    "target/fuzz/$fuzz_host/release/$1" "$found" -max_total_time="$2" -max_len=20000 -timeout=30 -rss_limit_mb=6000 \
        -artifact_prefix="target/fuzz/$1-" -verbosity=0 -print_final_stats=1
}

# keep_corpus TARGET: packs the fewest inputs that reach all that those found here and those kept reach
keep_corpus() {
    local found=$fuzz_found/$1 packed=$PWD/tests/fuzz/corpus/$1.tar.gz least
    least=$(mktemp -d) || return 1
    "target/fuzz/$fuzz_host/release/$1" -merge=1 -rss_limit_mb=6000 "$least" "$found" &&
        tar -C "$least" --sort=name --owner=0 --group=0 --mtime=@0 -c . | gzip -9n >"$packed"
    local status=$?
    rm -rf "$least"
    return "$status"
}
