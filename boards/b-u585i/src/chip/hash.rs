use crate::hash::{Registers, Stuck, Watch};
use casemate_board::reset::wipe_and_reset;
use embassy_stm32::pac;

static WATCH: Watch = Watch::new();

/// The hash processor.
#[derive(Default)]
pub struct HashProcessor;

/// Gives it its clock.
pub fn start_hash() {
    pac::RCC.ahb2enr1().modify(|enable| enable.set_hashen(true));
    // The manual wants a read before the block is used.
    pac::RCC.ahb2enr1().read();
}

fn register(offset: usize) -> *mut u32 {
    pac::HASH.as_ptr().wrapping_byte_add(offset).cast()
}

impl Registers for HashProcessor {
    fn read(&self, offset: usize) -> u32 {
        // SAFETY: it is one of the block's registers, which nobody but the worker uses.
        unsafe { register(offset).read_volatile() }
    }

    fn write(&self, offset: usize, value: u32) {
        // SAFETY: as for reading.
        unsafe { register(offset).write_volatile(value) }
    }

    fn reset(&self) {
        pac::RCC.ahb2rstr1().modify(|reset| reset.set_hashrst(true));
        pac::RCC.ahb2rstr1().modify(|reset| reset.set_hashrst(false));
    }

    fn ended(&self, outcome: Result<(), Stuck>) {
        if WATCH.must_restart(outcome) {
            wipe_and_reset();
        }
    }
}
