//! The way out of a state that should not be: nothing is left in memory, and the board starts anew.

use core::arch::asm;

unsafe extern "C" {
    static _stack_end: u32;
    static _stack_start: u32;
    static _ram_start: u32;
    static _ram_end: u32;
}

const MPU_CTRL: usize = 0xE000_ED94;
/// SYSRESETREQ of the processor's AIRCR, with the register's write key. What it resets is the chip's affair.
const SYSTEM_RESET: ResetRequest = ResetRequest {
    register: 0xE000_ED0C,
    value: 0x05FA_0004,
};

/// The write of a register that resets the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResetRequest {
    /// Its address.
    pub register: usize,
    /// What is written.
    pub value: u32,
}

/// Zeroes all data and stack, then resets the chip as its processor can ask for.
pub fn wipe_and_reset() -> ! {
    // SAFETY: the processor's architecture has this register.
    unsafe { wipe_and(SYSTEM_RESET) }
}

/// Zeroes all data and stack, then writes `request`.
///
/// # Safety
/// The request must reset the processor.
pub unsafe fn wipe_and(request: ResetRequest) -> ! {
    // SAFETY: nothing runs after this: interrupts are masked, the loop works in registers alone, and the reset does
    // not return. The ranges are STACK and RAM of memory.x, whole words; the unit that guards them is off by then. What
    // may lie between them is left alone: a chip may not give access to it just now.
    unsafe {
        asm!(
            "cpsid i",
            "str {zero}, [{mpu}]",
            "dsb",
            "isb",
            "2: str {zero}, [{stack}], #4",
            "cmp {stack}, {stack_end}",
            "blo 2b",
            "3: str {zero}, [{ram}], #4",
            "cmp {ram}, {ram_end}",
            "blo 3b",
            "dsb",
            "str {value}, [{register}]",
            "dsb",
            "4: b 4b",
            zero = in(reg) 0,
            mpu = in(reg) MPU_CTRL,
            stack = in(reg) &raw const _stack_end,
            stack_end = in(reg) &raw const _stack_start,
            ram = in(reg) &raw const _ram_start,
            ram_end = in(reg) &raw const _ram_end,
            value = in(reg) request.value,
            register = in(reg) request.register,
            options(noreturn)
        )
    }
}
