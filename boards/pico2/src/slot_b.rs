//! The firmware on the Pico 2, linked for slot B.
//!
//! `cargo build --profile firmware -p casemate-pico2 --target thumbv8m.main-none-eabihf`
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod image;

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("This image runs on the board: build it with --target thumbv8m.main-none-eabihf.");
    std::process::exit(1);
}
