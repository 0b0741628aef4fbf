//! The firmware on the B-U585I-IOT02A, linked for slot B.
//!
//! `cargo build --profile firmware -p casemate-b-u585i --target thumbv8m.main-none-eabihf`
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod image;

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("This image runs on the board: build it with --target thumbv8m.main-none-eabihf.");
    std::process::exit(1);
}
