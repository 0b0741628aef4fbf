//! What the boards have in common: memory that is lent once, flash cut into regions, the slots for images, the stack's gauge, the way out of
//! what should not be, the console, the key that images are signed with, and the link over USB.
//!
//! *What this trusts:* the board's `memory.x`, whose symbols tell where stack and data lie.
#![no_std]

#[cfg(test)]
extern crate std;

#[cfg(all(feature = "usb", target_os = "none"))]
pub mod clock;
pub mod console;
#[cfg(target_os = "none")]
pub mod executor;
#[cfg(target_os = "none")]
mod failure;
pub mod image_key;
pub mod lent;
pub mod partition;
#[cfg(target_os = "none")]
pub mod reset;
#[cfg(all(feature = "usb", target_os = "none"))]
pub mod serve;
pub mod slots;
#[cfg(target_os = "none")]
pub mod stack;
#[cfg(feature = "usb")]
pub mod usb;
#[cfg(all(feature = "usb", target_os = "none"))]
pub mod watchdog;
