use crate::flash::{Controller, ControllerError, DoubleError, EccError, Reading, WORD_LEN};
use crate::layout::{BANK_LEN, FLASH_BASE, PAGE_LEN};
use embassy_stm32::Peri;
use embassy_stm32::flash::{Blocking, Flash};
use embassy_stm32::{pac, peripherals::FLASH};

/// Looks at a flag, many times what it takes.
const LOOKS: u32 = 10_000;

static READING: Reading = Reading::new();

/// For the handler of the non-maskable interrupt, which the flash raises when it reads a word whose error correction
/// fails: takes note of that, and tells whether it was in the word that [`FlashController`] reads. One anywhere else is in the
/// code that runs or what it looks up, and nothing may go on with that.
pub fn take_ecc_error() -> bool {
    let found = pac::FLASH.eccr().read();
    clear_ecc_flags(true);
    let error = DoubleError {
        address: found.addr_ecc(),
        is_bank_2: found.bk_ecc(),
        is_system: found.sysf_ecc(),
    };
    found.eccd() && READING.note(error, BANK_LEN)
}

/// The flag of an error that was corrected, and that of one that could not be: with either set no other error is told.
fn clear_ecc_flags(and_double: bool) {
    pac::FLASH.eccr().modify(|ecc| {
        ecc.set_eccc(true);
        ecc.set_eccd(and_double);
    });
}

/// Whether the interrupt has not dealt with an error, though it had the time.
fn is_ecc_error_left() -> bool {
    (0..LOOKS).all(|_| pac::FLASH.eccr().read().eccd())
}

/// The flash controller, whose programming and erasing is embassy's.
pub struct FlashController {
    flash: Flash<'static, Blocking>,
}

impl FlashController {
    /// The chip's one.
    pub fn new(block: Peri<'static, FLASH>) -> Self {
        Self {
            flash: Flash::new_blocking(block),
        }
    }
}

impl Controller for FlashController {
    fn read(&mut self, at: u32) -> Result<[u8; WORD_LEN], EccError> {
        clear_ecc_flags(false);
        READING.begin(at);
        let mut word = [0; WORD_LEN];
        for (place, quarter) in word.chunks_mut(4).enumerate() {
            let address = (FLASH_BASE + at) as usize + 4 * place;
            // SAFETY: the caller's offset lies within the flash (`U5Flash` has checked it), which is always readable.
            let value = unsafe { (address as *const u32).read_volatile() };
            quarter.copy_from_slice(&value.to_le_bytes());
        }
        cortex_m::asm::dsb();
        cortex_m::asm::isb();
        let is_left = is_ecc_error_left();
        if READING.end() || is_left {
            clear_ecc_flags(true);
            // Whatever the cache took of it would be read without an error the next time.
            let _ = invalidate_cache();
            return Err(EccError);
        }
        Ok(word)
    }

    fn program(&mut self, at: u32, word: &[u8; WORD_LEN]) -> Result<(), ControllerError> {
        self.flash.blocking_write(at, word).map_err(|_| ControllerError)?;
        invalidate_cache()
    }

    fn erase(&mut self, page: u32) -> Result<(), ControllerError> {
        self.flash
            .blocking_erase(page, page + PAGE_LEN)
            .map_err(|_| ControllerError)?;
        invalidate_cache()
    }
}

/// The instruction cache holds what is read through the code bus, which sees the flash as well.
fn invalidate_cache() -> Result<(), ControllerError> {
    pac::ICACHE.cr().modify(|cache| cache.set_cacheinv(true));
    let is_done = (0..LOOKS).any(|_| !pac::ICACHE.sr().read().busyf());
    is_done.then_some(()).ok_or(ControllerError)
}
