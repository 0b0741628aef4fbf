//! How long a short request waits on ARM while an RSA-4096 key is generated: in QEMU, where an instruction takes a
//! nanosecond, so that the numbers are the same in every run.

use casemate_tests::qemu;

/// What waiting may add to twice the idle time: 20 ms at 100 MHz.
const SLACK: u64 = 2_000_000;
/// Seals that the figures need to mean something.
const ENOUGH: u64 = 500;

#[test]
fn generating_a_key_delays_nobody() {
    if qemu::left_out() {
        return;
    }
    let measured = qemu::measure(qemu::latency().unwrap()).unwrap();
    for (name, number) in &measured {
        println!("{name:30} {number:>14}");
    }
    let (idle, beside) = (measured["p99 idle"], measured["p99 beside RSA-4096"]);
    assert!(measured["seals beside RSA-4096"] >= ENOUGH, "{measured:?}");
    assert!(measured["candidates"] > 2, "the key was searched: {measured:?}");
    assert!(
        beside < 2 * idle + SLACK,
        "the p99 of a seal is {beside} instructions, and {idle} on an idle device"
    );
}
