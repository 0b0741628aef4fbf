//! The chip's own blocks, one file each.

#[cfg(target_os = "none")]
mod clock;
#[cfg(target_os = "none")]
mod console;
#[cfg(target_os = "none")]
mod fmc;
#[cfg(target_os = "none")]
mod mmio;
#[cfg(target_os = "none")]
mod mpu;
#[cfg(target_os = "none")]
mod peripherals;
#[cfg(target_os = "none")]
mod trng;
#[cfg(target_os = "none")]
mod uart;
#[cfg(target_os = "none")]
mod vectors;

#[cfg(target_os = "none")]
pub use self::{
    clock::SysTickClock,
    console::Console,
    fmc::{Fmc, FmcError},
    mpu::protect_memory,
    peripherals::Peripherals,
    trng::Trng,
    uart::{RECEIVE_LEN, Uart},
};
