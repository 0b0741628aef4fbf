//! Counts the instructions of the firmware's work, under QEMU with `-icount shift=0 -semihosting`.
//!
//! The same device as in the firmware's image serves a host that is part of this image, so that nothing depends on a
//! line or on chance. Prints a line `name = number` for each result and ends the emulator.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod algorithms;
#[cfg(target_os = "none")]
mod emulator;
#[cfg(target_os = "none")]
mod host;
#[cfg(target_os = "none")]
mod noise;
#[cfg(target_os = "none")]
mod script;

#[cfg(target_os = "none")]
mod image {
    use crate::emulator::{fail, succeed};
    use crate::host::Host;
    use crate::noise::FixedNoise;
    use crate::script::Played;
    use casemate_ast1030::board::{Ast1030, Board};
    use casemate_ast1030::chip::SysTickClock;
    use casemate_board::executor::block_on;
    use casemate_board::lent::Lent;
    use casemate_firmware::crypto::Software;
    use casemate_firmware::device::Device;
    use casemate_firmware::platform::DeviceMemory;
    use cortex_m_rt::entry;
    use cortex_m_semihosting::hprintln;

    /// With `-icount shift=0` an instruction takes 1 ns, and the clock ticks every 5 ns.
    const INSTRUCTIONS_PER_TICK: u64 = 5;

    /// For the device that is started first.
    static FOR_ANOTHER: Lent<DeviceMemory<Software>> = Lent::new(DeviceMemory::new());

    #[entry]
    fn main() -> ! {
        let Ok(Board { platform, clock, .. }) = Board::start() else {
            fail(&"the board does not start");
        };
        if let Err(error) = crate::algorithms::measure(clock) {
            fail(&error);
        }
        let platform = platform.with_entropy(FixedNoise::new());
        let Some(memory) = FOR_ANOTHER.take() else {
            fail(&"started twice");
        };
        start("create root and store", platform.again(memory), clock);
        let mut device = start("start", platform, clock);
        let Some(host) = cortex_m::singleton!(: Host<Played> = Host::new(Played::new(clock))) else {
            fail(&"started twice");
        };
        let Ok(()) = block_on(device.serve(host));
        match host.outcome() {
            Ok(script) if script.is_over() => succeed(),
            Ok(_) => fail(&"a request can't be made"),
            Err(error) => fail(&error),
        }
    }

    fn start(name: &str, platform: Ast1030<FixedNoise>, clock: SysTickClock) -> Device<Ast1030<FixedNoise>> {
        let begun = clock.ticks();
        let device = Device::start(platform);
        report(name, clock.ticks() - begun);
        device
    }

    /// Prints what took this many ticks.
    pub(crate) fn report(name: &str, ticks: u64) {
        hprintln!("{} = {}", name, ticks * INSTRUCTIONS_PER_TICK);
    }
}

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("This image runs on the board: build it with --target thumbv7em-none-eabihf.");
    std::process::exit(1);
}
