mod p256;
mod rsa;

use super::{FAULTS, READY, Registers};

/// An accelerator that says it failed.
#[derive(Default)]
struct Broken;

impl Registers for Broken {
    fn read(&self, _: usize) -> u32 {
        READY | FAULTS
    }

    fn write(&self, _: usize, _: u32) {}
}
