//! Shared parts of the end-to-end tests.

pub mod backends;
pub mod bench;
pub mod boards;
pub mod chaos;
pub mod crash;
pub mod daemon;
pub mod desk;
pub mod dice;
pub mod domains;
pub mod elf;
pub mod http;
pub mod image;
pub mod knot;
pub mod kv;
pub mod last_words;
pub mod later;
pub mod memory;
pub mod openssl;
pub mod pebble;
pub mod place;
pub mod pluggable;
pub mod port;
pub mod program;
pub mod qemu;
pub mod ratchet;
pub mod skip;
pub mod softhsm;
pub mod stand_in;
pub mod terminal;

use casemate::hsm::device::Trust;

/// The host that all tests are which speak to a device themselves: the same at each start, so that a device that is
/// restarted knows it again. It takes into service whatever device it meets.
pub fn trust() -> Trust {
    Trust::in_memory(*b"a host in the tests of casemate ")
}

/// Declares each check as a test on each backend, with the methods it cannot do without: see [`backends::Backend::run`].
#[macro_export]
macro_rules! on_every_backend {
    ($($check:ident needs [$($need:literal),*];)*) => {
        $crate::on_every_backend!(@on core Core $($check [$($need),*])*);
        $crate::on_every_backend!(@on simulator Simulator $($check [$($need),*])*);
        $crate::on_every_backend!(@on qemu Qemu $($check [$($need),*])*);
        $crate::on_every_backend!(@on softhsm SoftHsm $($check [$($need),*])*);
    };
    (@on $module:ident $backend:ident $($check:ident $needs:tt)*) => {
        mod $module {
            $(
                #[test]
                fn $check() {
                    let path = concat!(stringify!($module), "::", stringify!($check));
                    $crate::backends::Backend::$backend.run(path, &$needs, super::$check);
                }
            )*
        }
    };
}
