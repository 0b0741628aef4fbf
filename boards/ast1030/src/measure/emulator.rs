//! What an image that measures tells the emulator: how it ended, and why.

use core::panic::PanicInfo;
use cortex_m_rt::exception;
use cortex_m_semihosting::{debug, hprintln};

/// Ends the emulator as a success.
pub(crate) fn succeed() -> ! {
    end(debug::EXIT_SUCCESS)
}

/// Prints why and ends the emulator as a failure.
pub(crate) fn fail(reason: &dyn core::fmt::Debug) -> ! {
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
