# Runs runners, keeps their logs in target/test-logs, and adds up what they report.

passed=0 failed=0 skipped=0 recorded_at=$SECONDS
summary=()
logs=target/test-logs
mkdir -p "$logs"

# record NAME PASSED FAILED SKIPPED: and the time since the last record, builds included
record() {
    local took=$((SECONDS - recorded_at))
    recorded_at=$SECONDS
    passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
    summary+=("$(printf '%-28s %5d passed %5d failed %5d skipped %5d s' "$1" "$2" "$3" "$4" "$took")")
}

# skip NAME COUNT REASON: what was left out, by name
skip() {
    echo "skip: $1: $3"
    record "$1" 0 0 "$2"
}

# check NAME COMMAND…: a command that passes or fails as a whole
check() {
    local name=$1
    shift
    echo "== $name"
    if "$@"; then record "$name" 1 0 0; else record "$name" 0 1 0; fi
}

# runner NAME FORMAT COMMAND…: a test runner whose own closing lines are read by `read_FORMAT LOG`; leaves what it
# counted in last_counts
runner() {
    local name=$1 format=$2 log="$logs/${1// /-}.log" status counts
    shift 2
    echo "== $name"
    "$@" 2>&1 | tee "$log" | without_passed_output
    status=${PIPESTATUS[0]}
    counts=$("read_$format" "$log")
    tally "$name" "$status" "$counts"
}

# nextest shows what passed tests printed, because skips are in it; the terminal needs no more of it than these.
without_passed_output() {
    awk '
        /^ *skip: / { print; next }
        /^ +[A-Z-]+ \[|^────/ { passing = /^ +PASS / }
        !passing || /^ +PASS /'
}

# tally NAME STATUS COUNTS: a runner that closed without a count, or that failed while counting no failure, has failed
tally() {
    local name=$1 status=$2 p f s
    read -r p f s <<<"$3"
    if [ -z "${s:-}" ]; then
        echo "$name: did not run to its end (status $status)" >&2
        p=0 f=1 s=0
    elif [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
        echo "$name: ended with status $status" >&2
        f=1
    fi
    record "$name" "$p" "$f" "$s"
    last_counts="$p $f $s"
}

# The readers print "PASSED FAILED SKIPPED", or nothing where the runner's closing line is missing. A Rust test that
# cannot run says "skip: NAME: reason" and returns; the runner counts it as passed, so it is moved over.

read_nextest() {
    awk '
        /^ *skip: / { skips++ }
        /^ *Summary \[/ {
            found = 1
            for (i = 2; i <= NF; i++) {
                if ($i ~ /^passed/) ok = $(i - 1)
                if ($i ~ /^skipped/) ignored = $(i - 1)
                if ($i ~ /^tests?$/) run = $(i - 1)
            }
            sub(/.*\//, "", run)
        }
        END { if (found) print ok - skips, run - ok, ignored + skips }' "$1"
}

# A test may print what a test binary printed that it ran, so only the last result of each binary counts.
read_libtest() {
    awk '
        function add() {
            ok += part["passed;"]; bad += part["failed;"]; ignored += part["ignored;"]
            delete part
        }
        /^ *skip: / { skips++ }
        /^test result: / { found = 1; for (i = 2; i <= NF; i++) part[$i] = $(i - 1) }
        /^ +(Running|Doc-tests) / { add() }
        END {
            add()
             if (found) print ok - skips, bad + 0, ignored + skips
        }' "$1"
}

read_pytest() {
    awk '
        /^=+ .* in [0-9.]+s.* =+$/ {
            found = 1; ok = bad = left = 0
            for (i = 2; i <= NF; i++) {
                if ($i ~ /^passed/) ok = $(i - 1)
                if ($i ~ /^(failed|errors?)/) bad += $(i - 1)
                if ($i ~ /^skipped/) left = $(i - 1)
            }
        }
        END { if (found) print ok + 0, bad + 0, left + 0 }' "$1"
}

finish() {
    echo
    echo "== summary (logs in $logs)"
    printf '%s\n' "${summary[@]}"
    echo "all of it took $SECONDS s"
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
