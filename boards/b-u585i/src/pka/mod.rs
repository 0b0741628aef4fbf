//! RSA's exponentiations and P-256 by the public-key accelerator (RM0456, section 53).
//!
//! Its memory holds what it works on, least significant word first, until somebody overwrites it: it is scrubbed after each
//! use.

#[cfg(test)]
mod model;
mod p256;
mod rsa;
#[cfg(test)]
mod tests;

pub use p256::{P256, PkaP256};
pub use rsa::PkaModExp;

/// The accelerator's registers, by their offsets; its memory lies from [`RAM`] on.
pub trait Registers {
    /// Reads a word.
    fn read(&self, offset: usize) -> u32;

    /// Writes a word.
    fn write(&self, offset: usize, value: u32);

    /// Puts the accelerator into the state after a reset of the chip, whereupon it clears its memory.
    fn reset(&self);
}

const CONTROL: usize = 0x00;
const STATUS: usize = 0x04;
const CLEAR: usize = 0x08;
/// Where the memory begins, and how many words it has.
pub const RAM: usize = 0x400;
/// See [`RAM`].
pub const RAM_WORDS: usize = 1334;

const ENABLE: u32 = 1 << 0;
const START: u32 = 1 << 1;
const MODE_AT: u32 = 8;
const READY: u32 = 1 << 0;
const BUSY: u32 = 1 << 16;
const DONE: u32 = 1 << 17;
/// A bad operation, a bad address, or its memory read while it worked.
const FAULTS: u32 = 1 << 19 | 1 << 20 | 1 << 21;

/// What modes that have a word for how it went say when it went well.
const FINE: u32 = 0xD60D;

/// Looks at the status, some seconds of them: what takes longest, a secret exponent of RSA-4096, has its time, and a dead
/// accelerator an end.
const LOOKS: u32 = if cfg!(test) { 1000 } else { 100_000_000 };
/// The same for its becoming ready, many times the 667 cycles for which it clears its memory after a reset.
const START_LOOKS: u32 = if cfg!(test) { 1000 } else { 1_000_000 };

/// Looks at a status of zeros, which a fault leaves for good. While it works on secrets its registers are not to be had, by the
/// manual's words, and some zeros may mean no more.
const SILENT_LOOKS: u32 = if cfg!(test) { 100 } else { 10_000 };

/// What the accelerator computes, by the number of its mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
enum Mode {
    /// Computes the Montgomery parameter itself. For exponents that everybody knows.
    Exponentiate = 0x00,
    MontgomeryParameter = 0x01,
    /// The same, with the manual's protections against who measures power, for those that nobody may.
    ExponentiateProtected = 0x03,
    MultiplyPoint = 0x20,
    Sign = 0x24,
    Verify = 0x26,
    CheckPoint = 0x28,
}

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// It does not get ready, does not end, or says that it was used wrongly.
    Broken,
    /// It worked and found that what it made is wrong, which its operands may have brought about.
    Wrong,
}

/// Wipes the accelerator's memory, whatever was there. A failure is left to the self-test, whose operations fail then too.
pub fn wipe(pka: &impl Registers) {
    let _ = with(pka, || Ok(()));
}

/// Gives the accelerator to `work`, and scrubs its memory after it. There is no result of one that can't be scrubbed.
fn with<T>(pka: &impl Registers, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let outcome = start(pka).and_then(|()| work());
    let is_ready = outcome.is_ok() || restart(pka).is_ok();
    let is_scrubbed = is_ready && scrub(pka);
    pka.write(CONTROL, 0);
    if is_scrubbed {
        outcome
    } else {
        Err(Failure::Broken)
    }
}

/// Enables it, which it ignores as long as it clears its memory, and waits until it is ready.
fn start(pka: &impl Registers) -> Result<(), Failure> {
    let is_enabled = (0..START_LOOKS).any(|_| {
        pka.write(CONTROL, ENABLE);
        pka.read(CONTROL) & ENABLE != 0
    });
    let is_ready = is_enabled && (0..START_LOOKS).any(|_| is_idle(pka));
    pka.write(CLEAR, DONE | FAULTS);
    is_ready.then_some(()).ok_or(Failure::Broken)
}

/// Aborts what it may still be doing. After a fault that it has signalled only a reset helps: until its memory is cleared all
/// registers read as 0, and it takes no writes (table "Internal input/output signals").
fn restart(pka: &impl Registers) -> Result<(), Failure> {
    pka.write(CONTROL, 0);
    pka.reset();
    start(pka)
}

/// Whether its memory may be touched.
fn is_idle(pka: &impl Registers) -> bool {
    pka.read(STATUS) & (READY | BUSY) == READY
}

fn run(pka: &impl Registers, mode: Mode) -> Result<(), Failure> {
    let mode = ENABLE | (mode as u32) << MODE_AT;
    pka.write(CONTROL, mode);
    pka.write(CONTROL, mode | START);
    let outcome = finish(pka);
    pka.write(CLEAR, DONE | FAULTS);
    outcome
}

fn finish(pka: &impl Registers) -> Result<(), Failure> {
    let mut silent = 0;
    for _ in 0..LOOKS {
        let status = pka.read(STATUS);
        silent = if status == 0 { silent + 1 } else { 0 };
        if silent == SILENT_LOOKS {
            // It has signalled a fault.
            return Err(Failure::Wrong);
        }
        if status & FAULTS != 0 {
            return Err(Failure::Broken);
        }
        if status & (DONE | BUSY) == DONE {
            return Ok(());
        }
    }
    Err(Failure::Broken)
}

/// A number that fits a word, in the 64 bits that it has.
fn put_number(pka: &impl Registers, at: usize, number: u32) {
    pka.write(at, number);
    pka.write(at + 4, 0);
}

/// An operand, closed by 64 zero bits.
fn put(pka: &impl Registers, at: usize, bytes: &[u8]) {
    let words = bytes
        .rchunks(4)
        .map(|word| word.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)));
    for (offset, word) in (at..).step_by(4).zip(words.chain([0, 0])) {
        pka.write(offset, word);
    }
}

fn take(pka: &impl Registers, at: usize, bytes: &mut [u8]) {
    for (offset, word) in (at..).step_by(4).zip(bytes.rchunks_exact_mut(4)) {
        word.copy_from_slice(&pka.read(offset).to_be_bytes());
    }
}

/// Whether it went well: while the accelerator works, its memory takes nothing.
fn scrub(pka: &impl Registers) -> bool {
    if !(0..START_LOOKS).any(|_| is_idle(pka)) {
        return false;
    }
    (RAM..)
        .step_by(4)
        .take(RAM_WORDS)
        .for_each(|offset| pka.write(offset, 0));
    pka.read(STATUS) & FAULTS == 0
}
