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
const DONE: u32 = 1 << 17;
/// A bad operation, a bad address, or its memory read while it worked.
const FAULTS: u32 = 1 << 19 | 1 << 20 | 1 << 21;

/// Looks at the status, some seconds of them: what takes longest, a secret exponent of RSA-4096, has its time, and a dead
/// accelerator an end.
const LOOKS: u32 = 100_000_000;

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Failed;

/// Gives the accelerator to `work`, with empty memory before and after.
fn with<T>(pka: &impl Registers, work: impl FnOnce() -> Result<T, Failed>) -> Result<T, Failed> {
    let outcome = start(pka).and_then(|()| work());
    scrub(pka);
    outcome
}

/// Enables it, whereupon it makes its memory ready.
fn start(pka: &impl Registers) -> Result<(), Failed> {
    pka.write(CONTROL, ENABLE);
    until(pka, READY)?;
    pka.write(CLEAR, DONE | FAULTS);
    Ok(())
}

fn run(pka: &impl Registers, mode: Mode) -> Result<(), Failed> {
    pka.write(CONTROL, ENABLE | (mode as u32) << MODE_AT | START);
    let outcome = until(pka, DONE | FAULTS);
    let faults = pka.read(STATUS) & FAULTS;
    pka.write(CLEAR, DONE | FAULTS);
    outcome.and_then(|()| (faults == 0).then_some(()).ok_or(Failed))
}

fn until(pka: &impl Registers, any: u32) -> Result<(), Failed> {
    let reached = (0..LOOKS).any(|_| pka.read(STATUS) & any != 0);
    reached.then_some(()).ok_or(Failed)
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

fn scrub(pka: &impl Registers) {
    (RAM..)
        .step_by(4)
        .take(RAM_WORDS)
        .for_each(|offset| pka.write(offset, 0));
    pka.write(CONTROL, 0);
}
