//! Shared parts of the end-to-end tests.

pub mod backends;
pub mod bench;
pub mod chaos;
pub mod crash;
pub mod daemon;
pub mod dice;
pub mod domains;
pub mod elf;
pub mod http;
pub mod kv;
pub mod program;
pub mod qemu;
pub mod ratchet;
pub mod skip;
pub mod softhsm;
