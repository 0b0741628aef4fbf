//! How long short requests wait beside a long job, under QEMU with `-icount shift=0 -semihosting`: see [`script`].
//!
//! The same device as in the firmware's image serves a host that is part of this image. Prints lines `name = number`, in
//! instructions, and ends the emulator.
#![cfg_attr(target_os = "none", no_std, no_main)]

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
    use crate::host::Host;
    use crate::noise::FixedNoise;
    use crate::script::Waits;
    use casemate_ast1030::board::{Ast1030, Board};
    use casemate_ast1030::executor::block_on;
    use casemate_firmware::device::Device;
    use core::panic::PanicInfo;
    use cortex_m_rt::{entry, exception};
    use cortex_m_semihosting::{debug, hprintln};

    #[entry]
    fn main() -> ! {
        let Ok(Board { platform, clock, .. }) = Board::start() else {
            fail(&"the board does not start");
        };
        let mut device: Device<Ast1030<FixedNoise>> = Device::start(platform.with_entropy(FixedNoise::new()));
        let Some(host) = cortex_m::singleton!(: Host<Waits> = Host::new(Waits::new(clock))) else {
            fail(&"started twice");
        };
        let Ok(()) = block_on(device.serve(host));
        match host.outcome() {
            Ok(waits) => waits.report(),
            Err(error) => fail(&error),
        }
        end(debug::EXIT_SUCCESS)
    }

    fn fail(reason: &dyn core::fmt::Debug) -> ! {
        hprintln!("failed: {:?}", reason);
        end(debug::EXIT_FAILURE)
    }

    fn end(status: debug::ExitStatus) -> ! {
        debug::exit(status);
        loop {
            cortex_m::asm::wfi();
        }
    }

    #[panic_handler]
    fn panic(info: &PanicInfo<'_>) -> ! {
        fail(info)
    }

    #[exception(trampoline = false)]
    unsafe fn HardFault() -> ! {
        fail(&"hard fault")
    }
}

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("This image runs on the board: build it with --target thumbv7em-none-eabihf.");
    std::process::exit(1);
}
