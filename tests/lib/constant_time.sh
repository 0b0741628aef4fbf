# Whether time depends on secrets: memcheck follows them through the software implementations that boards run.

constant_time_flags='--cfg aes_backend="soft" --cfg polyval_backend="soft" --cfg sha1_backend="soft"
    --cfg sha2_backend="soft" --cfg curve25519_dalek_backend="serial"'

# The request to valgrind is written for this processor.
has_memcheck() { [ "$(uname -sm)" = "Linux x86_64" ] && command -v valgrind >/dev/null; }

build_constant_time() {
    RUSTFLAGS=$(echo $constant_time_flags) CARGO_TARGET_DIR=target/constant-time \
        cargo build --locked --release --manifest-path tests/constant-time/Cargo.toml
}

constant_time() {
    valgrind --quiet --tool=memcheck --undef-value-errors=yes --leak-check=no --num-callers=40 --error-limit=no \
        --suppressions=tests/constant-time/allowed.supp target/constant-time/release/casemate-constant-time
}
