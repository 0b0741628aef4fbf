use crate::noise::{Register, Registers, start, word};
use casemate_firmware::platform::{EntropyError, EntropySource};
use embassy_stm32::peripherals::RNG;
use embassy_stm32::{Peri, pac, rcc};

/// The random number generator.
pub struct Noise {
    /// Keeps others from it.
    _block: Peri<'static, RNG>,
    started: Result<(), EntropyError>,
}

impl Noise {
    /// Gives it its clock, and starts it. Where that fails there is no noise.
    pub fn start(block: Peri<'static, RNG>) -> Self {
        rcc::enable_and_reset::<RNG>();
        Self {
            _block: block,
            started: start(&Rng),
        }
    }
}

impl EntropySource for Noise {
    fn fill(&mut self, noise: &mut [u8]) -> Result<(), EntropyError> {
        self.started?;
        for piece in noise.chunks_mut(4) {
            let word = word(&Rng)?.to_le_bytes();
            piece.copy_from_slice(&word[..piece.len()]);
        }
        Ok(())
    }
}

struct Rng;

fn register(which: Register) -> *mut u32 {
    pac::RNG.as_ptr().wrapping_byte_add(which as usize).cast()
}

impl Registers for Rng {
    fn read(&self, which: Register) -> u32 {
        // SAFETY: it is one of the block's registers, which nobody else uses.
        unsafe { register(which).read_volatile() }
    }

    fn write(&self, which: Register, value: u32) {
        // SAFETY: as for reading.
        unsafe { register(which).write_volatile(value) }
    }
}
