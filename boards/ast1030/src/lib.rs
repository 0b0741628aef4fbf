//! Drivers for ASPEED's AST1030 and its EVB: the chip's own blocks under [`chip`], the parts on the board under
//! [`part`], and how they are wired together in `board`. The binaries only start it.
//!
//! *What this trusts:* that the chip's registers lie where its data sheet (and QEMU's model of it) says. Unsafe
//! code is in `boards` only; what does not need the chip is tested on the host.
#![no_std]

#[cfg(test)]
extern crate std;

#[cfg(target_os = "none")]
pub mod board;
pub mod chip;
pub mod part;
pub mod ring;
