//! Parts of the HTTP benchmark (`cargo run --release -p casemate-tests --bin bench-http`).

pub mod cpu;
pub mod disk;
pub mod floor;
pub mod wrk;
