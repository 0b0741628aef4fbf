# The standard library for the boards' processors: from rustup, or, where that is out of reach, built from Debian's
# source of the same version as rustc.

thumb="thumbv7em-none-eabihf thumbv8m.main-none-eabihf"

# Flags and environment that a cargo command for a board needs.
board_flags=()

has_thumb() {
    local target libraries
    for target in $thumb; do
        libraries=$(rustc --print target-libdir --target "$target") && [ -d "$libraries" ] || return 1
    done
}

thumb_targets() {
    has_thumb && return
    # shellcheck disable=SC2086
    command -v rustup >/dev/null && rustup target add $thumb && has_thumb && return
    rust_source && board_flags=(-Zbuild-std=core,alloc)
}

# board_cargo COMMAND ARGUMENTS…: cargo for a board
board_cargo() {
    local command=$1
    shift
    if [ ${#board_flags[@]} -eq 0 ]; then
        cargo "$command" "$@"
    else
        RUSTC_BOOTSTRAP=1 cargo "$command" "${board_flags[@]}" "$@"
    fi
}

rust_source() {
    local place directory=$PWD/target/rust-src
    place=$(rustc --print sysroot)/lib/rustlib/src
    [ -d "$place/rust/library" ] && return
    can_install || return 1
    [ -d "$directory/library" ] || fetch_rust_source "$directory" || return 1
    mkdir -p "$place" && ln -sfn "$directory" "$place/rust"
}

# fetch_rust_source DIRECTORY: without adding trixie-backports to the machine's own sources
fetch_rust_source() {
    local work version release apt
    work=$(mktemp -d)
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie-backports main" \
        >"$work/sources.list"
    apt=(-o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$work/lists"
        -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
    release=$(rustc --version | cut -d' ' -f2)
    apt-get "${apt[@]}" -qq update
    version=$(apt-cache "${apt[@]}" madison rust-src | awk -v release="$release" '$3 ~ "^" release "[+]" { print $3; exit }')
    [ -n "$version" ] || { echo "Debian has no rust-src $release"; return 1; }
    (cd "$work" && apt-get "${apt[@]}" -qq download "rust-src=$version" && dpkg-deb -x rust-src_*.deb unpacked) &&
        mkdir -p "$1" && cp -a "$work"/unpacked/usr/src/rustc-*/library "$1"
    local status=$?
    rm -rf "$work"
    return "$status"
}
