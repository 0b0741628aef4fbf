//! How long short requests wait beside a long job, under QEMU with `-icount shift=0 -semihosting`: see [`script`].
//!
//! The same device as in the firmware's image serves a host that is part of this image. Prints lines `name = number`, in
//! instructions, and ends the emulator.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
#[path = "../measure/emulator.rs"]
mod emulator;
#[cfg(target_os = "none")]
#[path = "../measure/host.rs"]
mod host;
#[cfg(target_os = "none")]
#[path = "../measure/noise.rs"]
mod noise;
#[cfg(target_os = "none")]
mod script;

#[cfg(target_os = "none")]
mod image {
    use crate::emulator::{fail, succeed};
    use crate::host::Host;
    use crate::noise::FixedNoise;
    use crate::script::Waits;
    use casemate_ast1030::board::{Ast1030, Board};
    use casemate_board::executor::block_on;
    use casemate_firmware::device::Device;
    use cortex_m_rt::entry;

    #[entry]
    fn main() -> ! {
        let Ok(Board { platform, clock, .. }) = Board::start() else {
            fail(&"the board does not start");
        };
        let Some(device) = start(platform.with_entropy(FixedNoise::new())) else {
            fail(&"started twice");
        };
        let Some(host) = cortex_m::singleton!(: Host<Waits> = Host::new(Waits::new(clock))) else {
            fail(&"started twice");
        };
        let Ok(()) = block_on(device.serve(host));
        match host.outcome() {
            Ok(waits) => waits.report(),
            Err(error) => fail(&error),
        }
        succeed()
    }

    /// Not part of `main`, whose frame would keep room for every copy that a start makes.
    #[inline(never)]
    fn start(platform: Ast1030<FixedNoise>) -> Option<&'static mut Device<Ast1030<FixedNoise>>> {
        cortex_m::singleton!(: Device<Ast1030<FixedNoise>> = Device::start(platform))
    }
}

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("This image runs on the board: build it with --target thumbv7em-none-eabihf.");
    std::process::exit(1);
}
