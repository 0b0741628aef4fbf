//! Tamper detection and the backup registers that it erases (RM0456, chapter "Tamper and backup registers (TAMP)").
//!
//! The input is PE4, pin 11 of connector CN3: a wire that holds it low, which opening the case breaks, with a resistor to the
//! backup supply that pulls it up then. Its rising edge counts, for which no clock has to run, and the hardware erases the
//! registers by itself, also while the processor is off. An input that is high already when it is enabled the block may or
//! may not detect: that is for the software to see, which reads the pin as a port.
//!
//! PE4 is TAMP_IN7 by the data sheet's table of alternate functions (DS13086). A guide to ST's own first stage for this board
//! calls it TAMP_IN8, which the data sheet has at PE5: try the wire before relying on it (README.md, "Tamper input").

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

    /// Lets the backup domain be written until the next reset.
    fn open_domain(&self);

    /// Has the backup domain's supply and the temperature monitored.
    fn monitor(&self);

    /// The level at the input's pin, read as a port.
    fn is_input_high(&self) -> bool;
}

const ENABLE: usize = 0x00;
const BEHAVIOUR: usize = 0x04;
const OWN_BEHAVIOUR: usize = 0x08;
const FILTER: usize = 0x0C;
const INTERRUPTS: usize = 0x2C;
const STATUS: usize = 0x30;
const CLEAR: usize = 0x3C;
const BACKUP: usize = 0x100;

const INPUT_7: u32 = 1 << 6;
/// Whether the backup supply (ITAMP1) and the temperature (ITAMP2) are within what the chip can bear.
const SUPPLY: u32 = 1 << 16;
const TEMPERATURE: u32 = 1 << 17;
/// What counts as tampering (table "TAMP interconnection"). Not the rest, which would cost the keys without anybody's
/// tampering, or has nothing to watch here:
///
/// - ITAMP6, a debugger at a protected chip: `casemate device provision` is one, when it reads back what it has set;
/// - ITAMP9, a fault of a cryptographic block: the public-key accelerator's failures are some, which numbers from a host, as
///   a key's that are no primes, may bring about;
/// - ITAMP11, a watchdog's reset while something is detected: all that is detected has erased by then;
/// - ITAMP3, 5, 7, 8, 12 and 13: neither LSE, calendar, ADC4 nor monotonic counter is used.
const DETECTORS: u32 = INPUT_7 | SUPPLY | TEMPERATURE;
/// In `STATUS` and `CLEAR`: any input, and any of the chip's own detectors.
const ANY: u32 = 0xFFFF_FFFF;
const WORDS: usize = 8;

/// Enables the detectors: the input's edge is not filtered, and what any detects erases at once. They interrupt, unless
/// something was detected already: that is for the start to find, and [`TampHalf`] enables the interrupt once it is dealt
/// with.
///
/// Flags that stand already stay: they tell of what happened while the processor was off, whose half is gone. Whatever
/// another program left there holds up nothing, for there is no half yet: making one clears them.
pub fn arm(tamp: &impl Registers) {
    tamp.open_domain();
    tamp.monitor();
    tamp.write(FILTER, 0);
    tamp.write(BEHAVIOUR, 0);
    tamp.write(OWN_BEHAVIOUR, 0);
    tamp.write(INTERRUPTS, DETECTORS);
    tamp.write(ENABLE, DETECTORS);
    if tamp.is_input_high() {
        // Its edge may have come while nothing watched it.
        erase(tamp);
    }
    if !is_tampered(tamp) {
        tamp.enable_interrupt();
    }
}

/// For images that don't use the block: turns it off, which runs on from one program to the next, and forgets what it has
/// detected, as SAES has no key while a flag stands.
pub fn disarm(tamp: &impl Registers) {
    tamp.open_domain();
    tamp.write(INTERRUPTS, 0);
    tamp.write(ENABLE, 0);
    tamp.write(CLEAR, ANY);
}

/// Whether something was detected, which stays so until the half is made anew, or the input is open.
pub fn is_tampered(tamp: &impl Registers) -> bool {
    tamp.read(STATUS) & ANY != 0 || tamp.is_input_high()
}

fn erase(tamp: &impl Registers) {
    (0..2 * WORDS).for_each(|place| tamp.write(at(place), 0));
}

/// Forgets what was detected, and arms the input anew: without that it would detect nothing more.
fn rearm(tamp: &impl Registers) {
    tamp.write(ENABLE, DETECTORS & !INPUT_7);
    tamp.write(CLEAR, ANY);
    tamp.write(ENABLE, DETECTORS);
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
        rearm(&self.tamp);
        if is_tampered(&self.tamp) {
            return Err(RootError::Tampered);
        }
        for (place, word) in half.as_chunks().0.iter().enumerate() {
            let value = u32::from_le_bytes(*word);
            self.tamp.write(at(place), value);
            self.tamp.write(at(place + WORDS), !value);
        }
        // What is detected meanwhile has erased it.
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
