//! A thin binary around the simulator's library.
fn main() {}
