//! Drivers for the RP2350 and how they are wired together on the Pico 2: the chip's blocks under `chip`, the board in
//! `board`, what lies where in [`layout`], the root secret in [`otp`], what a restart resets in [`restart`], and what keeps a debugger out in
//! [`protection`]. The binaries only start it.
//!
//! *What this trusts:* embassy's drivers for USB, flash and OTP, and that the chip's registers lie where its data sheet
//! says. What does not need the chip is tested on the host; nothing here has run on a board yet.
#![no_std]

#[cfg(test)]
extern crate std;

#[cfg(target_os = "none")]
pub mod board;
#[cfg(target_os = "none")]
pub mod chip;
pub mod layout;
pub mod otp;
pub mod protection;
pub mod provision;
pub mod restart;
