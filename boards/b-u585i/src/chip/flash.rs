use crate::flash::{Controller, ControllerError, EccError, WORD_LEN};
use crate::layout::{FLASH_BASE, PAGE_LEN};
use core::sync::atomic::{AtomicBool, Ordering};
use embassy_stm32::Peri;
use embassy_stm32::flash::{Blocking, Flash};
use embassy_stm32::{pac, peripherals::FLASH};

static ECC_ERROR: AtomicBool = AtomicBool::new(false);

/// For the handler of the non-maskable interrupt, which the flash raises when it reads a word whose error correction
/// fails: remembers it, and tells whether that was the cause.
pub fn take_ecc_error() -> bool {
    let failed = pac::FLASH.eccr().read().eccd();
    if failed {
        pac::FLASH.eccr().modify(|ecc| ecc.set_eccd(true));
        ECC_ERROR.store(true, Ordering::Release);
    }
    failed
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
        ECC_ERROR.store(false, Ordering::Release);
        let mut word = [0; WORD_LEN];
        for (place, quarter) in word.chunks_mut(4).enumerate() {
            let address = (FLASH_BASE + at) as usize + 4 * place;
            // SAFETY: the caller's offset lies within the flash (`U5Flash` has checked it), which is always readable.
            let value = unsafe { (address as *const u32).read_volatile() };
            quarter.copy_from_slice(&value.to_le_bytes());
        }
        cortex_m::asm::dsb();
        if ECC_ERROR.load(Ordering::Acquire) {
            return Err(EccError);
        }
        Ok(word)
    }

    fn program(&mut self, at: u32, word: &[u8; WORD_LEN]) -> Result<(), ControllerError> {
        self.flash.blocking_write(at, word).map_err(|_| ControllerError)?;
        invalidate_cache();
        Ok(())
    }

    fn erase(&mut self, page: u32) -> Result<(), ControllerError> {
        self.flash
            .blocking_erase(page, page + PAGE_LEN)
            .map_err(|_| ControllerError)?;
        invalidate_cache();
        Ok(())
    }
}

/// The instruction cache holds what is read through the code bus, which sees the flash as well.
fn invalidate_cache() {
    pac::ICACHE.cr().modify(|cache| cache.set_cacheinv(true));
    while pac::ICACHE.sr().read().busyf() {}
}
