//! The random number generator (RM0456, chapter "True random number generator"): configuration A with `NISTC` clear, and the
//! thresholds of its health tests that stm32-metapac has for it. Other public sources have others (Zephyr, and what hangs on
//! AN4230, of which each edition and each revision of the chip has its own): so nothing here is called certified, and the
//! firmware's own health tests (SP 800-90B, section 4.4) come after the block's.

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

use casemate_firmware::platform::EntropyError;

/// A register, by its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Register {
    /// `CR`
    Control = 0x00,
    /// `SR`
    Status = 0x04,
    /// `DR`
    Data = 0x08,
    /// `HTCR`
    HealthTests = 0x10,
}

/// The block's registers.
pub trait Registers {
    /// Reads a register.
    fn read(&self, register: Register) -> u32;

    /// Writes a register.
    fn write(&self, register: Register, value: u32);
}

const ENABLE: u32 = 1 << 2;
const CONDITIONING_RESET: u32 = 1 << 30;
/// `RNG_CONFIG1` 0x0F, `RNG_CONFIG2` 0, `RNG_CONFIG3` 0xD, the clock of 48 MHz not divided, its detection on (`CED` clear).
const CONFIGURATION: u32 = 0x00F0_0D00;
/// To be written before each value of `HTCR`, which is taken during a conditioning reset alone.
const MAGIC: u32 = 0x1759_0ABC;
const THRESHOLDS: u32 = 0xAA74;
/// In `SR`.
const READY: u32 = 1 << 0;
const CLOCK_FAILED: u32 = 1 << 5;
const SEED_FAILED: u32 = 1 << 6;
const FAILED: u32 = CLOCK_FAILED | SEED_FAILED;
/// Looks at a register, many times what a word takes.
const LOOKS: u32 = 1_000_000;
/// An oscillator that has just started may fail the tests.
const TRIES: u32 = 3;

/// Sets the block up and starts it.
///
/// # Errors
/// [`EntropyError`] when it does not come to a first word.
pub fn start(rng: &impl Registers) -> Result<(), EntropyError> {
    (0..TRIES)
        .any(|_| start_once(rng).is_ok())
        .then_some(())
        .ok_or(EntropyError)
}

fn start_once(rng: &impl Registers) -> Result<(), EntropyError> {
    rng.write(Register::Control, CONFIGURATION | CONDITIONING_RESET);
    rng.write(Register::HealthTests, MAGIC);
    rng.write(Register::HealthTests, THRESHOLDS);
    rng.write(Register::Control, CONFIGURATION);
    let is_reset = (0..LOOKS).any(|_| rng.read(Register::Control) & CONDITIONING_RESET == 0);
    if !is_reset {
        return Err(EntropyError);
    }
    rng.write(Register::Status, 0);
    rng.write(Register::Control, CONFIGURATION | ENABLE);
    word(rng).map(|_| ())
}

/// The next word. One that the block's own tests have failed is an error, and so is every one after it, until the device starts
/// anew: the flags stay. Zero, which the manual says stands for a word that was not ready, is an error as well.
///
/// # Errors
/// [`EntropyError`].
pub fn word(rng: &impl Registers) -> Result<u32, EntropyError> {
    for _ in 0..LOOKS {
        let status = rng.read(Register::Status);
        if status & FAILED != 0 {
            return Err(EntropyError);
        }
        if status & READY != 0 {
            let word = rng.read(Register::Data);
            return (word != 0).then_some(word).ok_or(EntropyError);
        }
    }
    Err(EntropyError)
}
