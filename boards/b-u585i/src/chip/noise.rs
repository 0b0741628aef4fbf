use casemate_firmware::platform::{EntropyError, EntropySource};
use embassy_stm32::peripherals::RNG;
use embassy_stm32::rng::{self, Rng};
use embassy_stm32::{Peri, bind_interrupts, pac};

bind_interrupts!(struct Interrupts {
    RNG => rng::InterruptHandler<RNG>;
});

/// Looks at the status register, many times what a word takes.
const LOOKS: u32 = 1_000_000;

/// The random number generator, in the configuration that its manual says NIST has certified.
pub struct Noise {
    _running: Rng<'static, RNG>,
}

impl Noise {
    /// Starts it.
    pub fn start(block: Peri<'static, RNG>) -> Self {
        Self {
            _running: Rng::new(block, Interrupts),
        }
    }
}

impl EntropySource for Noise {
    fn fill(&mut self, noise: &mut [u8]) -> Result<(), EntropyError> {
        for piece in noise.chunks_mut(4) {
            let word = word()?.to_le_bytes();
            piece.copy_from_slice(&word[..piece.len()]);
        }
        Ok(())
    }
}

/// The next word. One that the block's own tests have failed is an error, and so is zero, which the manual says stands for
/// one that was not ready.
fn word() -> Result<u32, EntropyError> {
    for _ in 0..LOOKS {
        let status = pac::RNG.sr().read();
        if status.seis() || status.ceis() {
            return Err(EntropyError);
        }
        if status.drdy() {
            let word = pac::RNG.dr().read();
            return (word != 0).then_some(word).ok_or(EntropyError);
        }
    }
    Err(EntropyError)
}
