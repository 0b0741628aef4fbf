//! The first stage on the B-U585I-IOT02A: starts the image that is to run, if it is whole and signed.
//!
//! It uses the flash and nothing else, and leaves the chip as a reset does. When no image may start, the red LED blinks:
//! four times as fast where one is there and only too old.
//!
//! *What this trusts:* that nobody else writes to its 64 KiB, which takes the write protection of the option bytes, and
//! read-out protection, which makes it last.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod clock;
#[cfg(target_os = "none")]
mod red_led;
#[cfg(target_os = "none")]
mod stage;

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("This image runs on the board: build it with --target thumbv8m.main-none-eabihf.");
    std::process::exit(1);
}
