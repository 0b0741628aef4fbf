//! Tamper detection and the backup registers that it erases (RM0456, chapter "Tamper and backup registers (TAMP)").
//!
//! The input is TAMP_IN8, which is PE4 and pin 11 of connector CN3: a wire that holds it low, which opening the case breaks,
//! with a resistor to the backup supply that pulls it up then. Its rising edge and its high level count, so that no clock
//! has to run, and the hardware erases the registers by itself, also while the processor is off.

#[cfg(test)]
pub(crate) mod model;
#[cfg(test)]
mod tests;

use crate::split_root::SecondHalf;
use casemate_firmware::platform::RootError;
use zeroize::Zeroizing;

/// The block's registers, by their offsets.
pub trait Registers {
    /// Reads a register.
    fn read(&self, offset: usize) -> u32;

    /// Writes a register.
    fn write(&self, offset: usize, value: u32);

    /// Lets the block interrupt the processor from now on; what it asked for before is forgotten.
    fn enable_interrupt(&self);
}

const ENABLE: usize = 0x00;
const BEHAVIOUR: usize = 0x04;
const FILTER: usize = 0x0C;
const INTERRUPTS: usize = 0x2C;
const STATUS: usize = 0x30;
const CLEAR: usize = 0x3C;
const BACKUP: usize = 0x100;

const INPUT_8: u32 = 1 << 7;
/// In `STATUS` and `CLEAR`: any input, and any of the chip's own detectors.
const ANY: u32 = 0xFFFF_FFFF;
const WORDS: usize = 8;

/// Enables the input: its edge is not filtered, and what it detects erases at once. It interrupts, unless something was
/// detected already: that is for the start to find, and [`TampHalf`] enables the interrupt once it is dealt with.
pub fn arm(tamp: &impl Registers) {
    tamp.write(FILTER, 0);
    tamp.write(BEHAVIOUR, 0);
    tamp.write(INTERRUPTS, INPUT_8);
    tamp.write(ENABLE, INPUT_8);
    if !is_tampered(tamp) {
        tamp.enable_interrupt();
    }
}

/// Whether something was detected, which stays so until the half is made anew.
pub fn is_tampered(tamp: &impl Registers) -> bool {
    tamp.read(STATUS) & ANY != 0
}

/// Half of the root secret in sixteen backup registers: its words, and after them the same with all bits turned, which no
/// erased or half-written registers hold.
pub struct TampHalf<R> {
    tamp: R,
}

impl<R: Registers> TampHalf<R> {
    /// The half behind these registers, whose input is armed.
    pub const fn new(tamp: R) -> Self {
        Self { tamp }
    }
}

impl<R: Registers> SecondHalf for TampHalf<R> {
    fn read(&mut self) -> Option<Zeroizing<[u8; 32]>> {
        if is_tampered(&self.tamp) {
            return None;
        }
        let mut half = Zeroizing::new([0; 32]);
        let (words, _none) = half.as_chunks_mut();
        for (place, word) in words.iter_mut().enumerate() {
            let value = self.tamp.read(at(place));
            if self.tamp.read(at(place + WORDS)) != !value {
                return None;
            }
            *word = value.to_le_bytes();
        }
        Some(half)
    }

    fn make(&mut self, half: &[u8; 32]) -> Result<(), RootError> {
        self.tamp.write(CLEAR, ANY);
        for (place, word) in half.as_chunks().0.iter().enumerate() {
            let value = u32::from_le_bytes(*word);
            self.tamp.write(at(place), value);
            self.tamp.write(at(place + WORDS), !value);
        }
        // With an open input nothing can be written.
        let written = self.read().ok_or(RootError::Tampered)?;
        if *written != *half {
            return Err(RootError::Failed);
        }
        self.tamp.enable_interrupt();
        Ok(())
    }
}

const fn at(place: usize) -> usize {
    BACKUP + 4 * place
}
