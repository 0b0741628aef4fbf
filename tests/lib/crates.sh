# One generation of cryptography in the firmware: a second copy is a second implementation to trust, and flash wasted.

single_crates="aes sha2 p256 rand_core zeroize subtle"

# Every package that the firmware links, "name version" a line, sorted and without repeats.
firmware_graph() {
    cargo tree --locked -p casemate-firmware -p casemate-ast1030 --target thumbv7em-none-eabihf -e normal --prefix none -f '{p}' |
        awk '{ print $1, $2 }' | sort -u
}

# second_copies < GRAPH: the crates of $single_crates that occur more than once
second_copies() {
    awk -v names="$single_crates" '
        BEGIN { split(names, list); for (i in list) single[list[i]] }
        $1 in single { versions[$1] = versions[$1] " " $2; count[$1]++ }
        END { for (name in count) if (count[name] > 1) print name ":" versions[name] }'
}

one_generation() {
    local graph copies
    graph=$(firmware_graph) || return 1
    grep -q '^aes ' <<<"$graph" || { echo "the firmware graph has no aes: is it the right graph?"; return 1; }
    copies=$(second_copies <<<"$graph")
    [ -z "$copies" ] || { echo "more than one copy in the firmware graph: $copies"; return 1; }
}

# The same check must refuse the graph with an older sha2 beside the present one.
refuses_second_copy() {
    local graph
    graph=$(firmware_graph) || return 1
    [ "$(printf '%s\n' "$graph" "sha2 v0.10.9" "sha2 v0.11.0" | sort -u | second_copies | cut -d: -f1)" = sha2 ]
}
