use casemate_firmware::platform::Presence;
use core::arch::asm;

/// `IO_QSPI: GPIO_QSPI_SS_STATUS`, which its control register follows (data sheet, section 9.11.2).
const CHIP_SELECT: usize = 0x4003_0018;
/// Of the status: the level of the pad.
const FROM_PAD: u32 = 1 << 17;
/// Of the control: `OEOVER` = disable the output.
const LET_GO: u32 = 0b10 << 14;
/// Rounds of three cycles or so, for the pad to settle: some 80 µs.
const SETTLE: u32 = 4000;

/// The button BOOTSEL, which pulls down the flash's chip select.
pub struct Bootsel;

impl Presence for Bootsel {
    /// Takes the flash from the processor for a moment.
    fn is_shown(&self) -> bool {
        // SAFETY: it runs from RAM while nothing else does, so that nobody misses the flash; what it changes it restores.
        let status = critical_section::with(|_| unsafe { chip_select_status() });
        status & FROM_PAD == 0
    }
}

/// Lets go of the chip select, waits, and reads what the pad's level is.
///
/// # Safety
/// No interrupt may come, and nothing may use the flash meanwhile.
#[inline(never)]
#[unsafe(link_section = ".data.ram_func")]
unsafe fn chip_select_status() -> u32 {
    let status: u32;
    // SAFETY: the registers are the chip's own, the pad is given back before the next instruction is fetched from flash.
    unsafe {
        asm!(
            "ldr {before}, [{pad}, #4]",
            "str {let_go}, [{pad}, #4]",
            "2: subs {rounds}, #1",
            "bne 2b",
            "ldr {status}, [{pad}]",
            "str {before}, [{pad}, #4]",
            "dsb",
            pad = in(reg) CHIP_SELECT,
            let_go = in(reg) LET_GO,
            rounds = inout(reg) SETTLE => _,
            before = out(reg) _,
            status = out(reg) status,
            options(nostack),
        );
    }
    status
}
