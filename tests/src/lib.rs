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

use casemate::hsm::device::Trust;

/// The host that all tests are which speak to a device themselves: the same at each start, so that a device that is
/// restarted knows it again. It takes into service whatever device it meets.
pub fn trust() -> Trust {
    Trust::in_memory(*b"a host in the tests of casemate ")
}
