//! Which panics can be reached in the linked ARM image once it runs: none in code of ours, and of the libraries' only
//! those named here.

use casemate_tests::image::Graph;
use casemate_tests::qemu;
use std::collections::BTreeSet;
use std::fs;

/// Parts of the symbols of functions that hold a panic, and why it is there. An entry that is not needed any more fails
/// the test, so that the list can only get shorter unseen.
const KNOWN: &[(&str, &str)] = &[
    (
        "13crypto_bigint",
        "RustCrypto's numbers for P-384 and P-521: limbs are indexed by lengths that are fixed at compile time",
    ),
    (
        "4wnaf",
        "RustCrypto's P-384 and P-521, verifying: windows of fixed length",
    ),
    (
        "5ecdsa",
        "RustCrypto's P-384 and P-521: conversions between arrays of fixed length",
    ),
    (
        "14elliptic_curve",
        "RustCrypto's P-384 and P-521: conversions between arrays of fixed length",
    ),
    (
        "primeorder",
        "RustCrypto's P-384 and P-521: points are parsed by their tag",
    ),
    (
        "4sec1",
        "RustCrypto's P-384 and P-521: the tag of a point that was parsed by it",
    ),
    (
        "SoftwareEcdsa",
        "what the compiler puts of RustCrypto's P-384 and P-521 into our calls of it: arrays of fixed length",
    ),
    (
        "ec8software7numbers",
        "the same, in the check of a signature: a number to be inverted has the precision of the curve's order",
    ),
    ("3aes8backends", "RustCrypto's AES: key schedules of fixed length"),
    (
        "7rfc6979",
        "RustCrypto's P-384 and P-521, signing: copies between arrays of fixed length",
    ),
    (
        "aes256..SoftwareAes256",
        "what the compiler puts of RustCrypto's AES into our calls of it: blocks of fixed length",
    ),
    (
        "aes256_gcm..SoftwareAes256Gcm",
        "RustCrypto's AES-GCM refuses messages longer than 64 GiB before it gets there",
    ),
    ("9crc32fast", "tables of fixed length"),
    (
        "ctutils",
        "RustCrypto's selections between slices of the same length",
    ),
    (
        "iter..adapters..rev",
        "an iterator of the standard library in RustCrypto's P-384 and P-521",
    ),
    (
        "x25519..SoftwareX25519",
        "curve25519-dalek, which the compiler puts there: limbs of a fixed number",
    ),
    (
        "Device$LT$P$GT$10take_frame",
        "RustCrypto's AES-GCM, which the compiler puts into the channel there",
    ),
    (
        "18__cortex_m_rt_main",
        "the flash part is in a RefCell that each of its partitions borrows for one operation at a time",
    ),
];

/// Where panics end.
fn is_panic(name: &str) -> bool {
    [
        "4core9panicking",
        "4core6option13expect_failed",
        "4core6result13unwrap_failed",
        "4core4cell22panic_already",
        "4core5slice5index16slice_index_fail",
        "panic_for_nonpositive_argument",
        "rust_begin_unwind",
        // Here only a panic's own words are formatted so.
        "core..fmt..Debug",
    ]
    .iter()
    .any(|part| name.contains(part))
}

#[test]
fn no_panic_of_ours_can_be_reached() {
    if qemu::left_out() {
        return;
    }
    let image = fs::read(qemu::firmware().unwrap()).unwrap();
    let graph = Graph::of(&image).unwrap();
    let roots = graph.functions(|name| name == "main ");
    assert_eq!(roots.len(), 1, "the image has one main");
    let reached = graph.reachable(&roots, is_panic).len();
    assert!(
        reached > 300,
        "only {reached} functions were found to be reachable: the walk is broken"
    );

    let mut met = BTreeSet::new();
    let mut unknown = Vec::new();
    for way in graph.ways(&roots, is_panic) {
        let names: Vec<&str> = way.iter().map(|function| graph.name(*function)).collect();
        let holder = names[names.len() - 2];
        match KNOWN.iter().find(|(part, _)| holder.contains(part)) {
            Some((part, _)) => drop(met.insert(*part)),
            None => unknown.push(names.join("\n    -> ")),
        }
    }
    assert!(
        unknown.is_empty(),
        "{} ways to a panic:\n{}",
        unknown.len(),
        unknown.join("\n")
    );
    let unneeded: Vec<_> = KNOWN.iter().filter(|(part, _)| !met.contains(part)).collect();
    assert!(unneeded.is_empty(), "not needed any more: {unneeded:?}");
}
