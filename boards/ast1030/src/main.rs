//! The firmware on the AST1030 EVB.
//!
//! `cargo build --profile firmware -p casemate-ast1030 --target thumbv7em-none-eabihf`
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod image {
    use casemate_ast1030::{
        board::{Ast1030, Board},
        chip::Trng,
    };
    use casemate_board::{console::line, executor::block_on, reset::wipe_and_reset};
    use casemate_firmware::device::Device;
    use cortex_m_rt::entry;

    #[entry]
    fn main() -> ! {
        let Ok(Board {
            platform,
            mut link,
            console,
            ..
        }) = Board::start()
        else {
            wipe_and_reset();
        };
        let Some(device) = start(platform) else {
            wipe_and_reset();
        };
        console.say(&line(device.fingerprint()));
        loop {
            let Ok(()) = block_on(device.serve(&mut link));
            if device.must_restart() {
                wipe_and_reset();
            }
        }
    }

    /// Not part of `main`, whose frame would keep room for every copy that a start makes.
    #[inline(never)]
    fn start(platform: Ast1030<Trng>) -> Option<&'static mut Device<Ast1030<Trng>>> {
        cortex_m::singleton!(: Device<Ast1030<Trng>> = Device::start(platform))
    }

    casemate_board::on_failure!(wipe_and_reset);
}

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("This image runs on the board: build it with --target thumbv7em-none-eabihf.");
    std::process::exit(1);
}
