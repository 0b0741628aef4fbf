//! Drivers for the STM32U585 and how they are wired together on the B-U585I-IOT02A: the chip's blocks under `chip`, the
//! board in `board`, what lies where in [`layout`], AES and SAES in [`aes`], RSA and P-256 in [`pka`], SHA-256 in
//! [`hash`], the noise source in [`noise`], the rules of its flash in [`flash`], and the root secret in [`wrapped_root`] once
//! the chip is protected ([`level_root`]); with the feature `tamper` in [`split_root`], half of it in the registers of
//! [`tamper`]. The binary only starts it.
//!
//! *What this trusts:* embassy's drivers for clocks, USB and flash, and that the chip's registers lie where its reference
//! manual (RM0456) says. What does not need the chip is tested on the host; nothing here has run on a board yet.
#![cfg_attr(not(test), no_std)]

#[cfg(test)]
#[path = "../../../firmware/tests/device/host.rs"]
#[allow(dead_code, reason = "tests here take what they need")]
mod host;
#[cfg(test)]
#[path = "../../../firmware/tests/device/signed.rs"]
mod signed;
#[cfg(test)]
#[path = "../../../firmware/tests/device/wire.rs"]
#[allow(dead_code, reason = "tests here take what they need")]
mod wire;

pub mod aes;
#[cfg(target_os = "none")]
pub mod board;
#[cfg(target_os = "none")]
pub mod chip;
#[cfg(target_os = "none")]
pub mod crypto;
pub mod flash;
pub mod hash;
pub mod layout;
pub mod level_root;
pub mod noise;
pub mod pka;
pub mod protection;
#[cfg(test)]
mod published;
pub mod split_root;
pub mod tamper;
pub mod wrapped_root;
