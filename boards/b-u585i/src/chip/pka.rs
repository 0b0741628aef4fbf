use crate::pka::{Registers, wipe};
use embassy_stm32::pac;

/// The public-key accelerator.
#[derive(Default)]
pub struct Pka;

/// Gives it its clock, and wipes what an earlier program may have left in its memory. It makes itself ready with random
/// numbers, so that their generator has to run.
pub fn start_pka() {
    pac::RCC.ahb2enr1().modify(|enable| enable.set_pkaen(true));
    // The manual wants a read before the block is used.
    pac::RCC.ahb2enr1().read();
    wipe(&Pka);
}

fn word(offset: usize) -> *mut u32 {
    pac::PKA.as_ptr().wrapping_byte_add(offset).cast()
}

impl Registers for Pka {
    fn read(&self, offset: usize) -> u32 {
        // SAFETY: it is a register of the block or a word of its memory, which nobody but the worker uses.
        unsafe { word(offset).read_volatile() }
    }

    fn write(&self, offset: usize, value: u32) {
        // SAFETY: as for reading.
        unsafe { word(offset).write_volatile(value) }
    }

    fn reset(&self) {
        pac::RCC.ahb2rstr1().modify(|reset| reset.set_pkarst(true));
        pac::RCC.ahb2rstr1().modify(|reset| reset.set_pkarst(false));
    }
}
