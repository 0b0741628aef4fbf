//! Shared parts of the end-to-end tests.

pub mod backends;
pub mod bench;
pub mod chaos;
pub mod daemon;
pub mod dice;
pub mod http;
pub mod program;
pub mod qemu;
pub mod skip;
pub mod softhsm;
