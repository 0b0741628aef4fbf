//! Shared parts of the end-to-end tests.

pub mod bench;
pub mod chaos;
pub mod dice;
pub mod qemu;
