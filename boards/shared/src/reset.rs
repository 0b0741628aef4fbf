//! The way out of a state that should not be: nothing is left in memory, and the board starts anew.

use core::arch::asm;

unsafe extern "C" {
    static _stack_end: u32;
    static _ram_end: u32;
}

const MPU_CTRL: usize = 0xE000_ED94;
const AIRCR: usize = 0xE000_ED0C;
/// The register's write key and SYSRESETREQ.
const RESET_REQUEST: u32 = 0x05FA_0004;

/// Zeroes all data and stack, then resets the chip.
pub fn wipe_and_reset() -> ! {
    // SAFETY: nothing runs after this: interrupts are masked, the loop works in registers alone, and the reset does
    // not return. The range is STACK and RAM of memory.x, whole words; the unit that guards it is off by then.
    unsafe {
        asm!(
            "cpsid i",
            "str {zero}, [{mpu}]",
            "dsb",
            "isb",
            "2: str {zero}, [{at}], #4",
            "cmp {at}, {end}",
            "blo 2b",
            "dsb",
            "str {request}, [{aircr}]",
            "dsb",
            "3: b 3b",
            zero = in(reg) 0,
            mpu = in(reg) MPU_CTRL,
            at = in(reg) &raw const _stack_end,
            end = in(reg) &raw const _ram_end,
            request = in(reg) RESET_REQUEST,
            aircr = in(reg) AIRCR,
            options(noreturn)
        )
    }
}
