//! The first stage on the Pico 2: starts the image that is to run, if it is whole and signed.
//!
//! It uses the flash and nothing else. When no image may start, the LED blinks: four times as fast where one
//! is there and only too old.
//!
//! *What this trusts:* that nobody else writes to its 64 KiB. Where secure boot is set up (`secure-boot.md`), the boot ROM
//! has checked it; elsewhere nobody has.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod stage;

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("This image runs on the board: build it with --target thumbv8m.main-none-eabihf.");
    std::process::exit(1);
}
