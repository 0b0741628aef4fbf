//! Multiples of P-256's base point, which `comb` adds up: `build.rs` writes them, and a test computes them anew.

/// An affine point: x and y in Montgomery form, 64 bits at a time, the least significant first.
pub(super) type Entry = [[u64; 4]; 2];

include!(concat!(env!("OUT_DIR"), "/p256_table.rs"));
