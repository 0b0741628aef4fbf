//! Parts of the benchmarks (`src/bin/bench-*.rs`).

pub mod cpu;
pub mod disk;
pub mod floor;
pub mod softhsm;
pub mod wrk;
