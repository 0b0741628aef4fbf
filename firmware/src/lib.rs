//! The hardware security module: the only code that touches key material, independent of any board.
//!
//! *What this trusts:* its own memory, the board's flash driver and entropy source. *What it does not:* the host, and
//! every byte of the link.
#![no_std]
#![forbid(unsafe_code)]
// A limb is 32 or 64 bits long: what converts it is useless on one of them.
#![cfg_attr(target_pointer_width = "32", allow(clippy::useless_conversion))]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

#[cfg(test)]
extern crate std;

mod audit;
pub mod channel;
mod command;
pub mod crypto;
pub mod device;
mod domain;
pub mod entropy;
mod era;
pub mod flash;
mod identity;
pub mod image;
mod keyring;
mod keys;
pub mod platform;
mod roles;
pub mod selftest;
