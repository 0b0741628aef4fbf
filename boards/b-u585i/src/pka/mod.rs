//! RSA's exponentiations by the public-key accelerator (RM0456, section 53).
//!
//! Its memory holds what it works on, least significant word first, until somebody overwrites it: it is scrubbed after each
//! use. Bases come blinded, so that what it leaks of them is worth nothing. P-256 stays in software, which is as quick with
//! its table, and makes its nonces itself.

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

use casemate_firmware::crypto::bignum::{Modulus, Uint};
use casemate_firmware::crypto::rsa::ModExp;
use core::marker::PhantomData;
use zeroize::Zeroizing;

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
/// Mode 0: modular exponentiation, with the Montgomery parameter computed before.
const EXPONENTIATE: u32 = 0 << 8;
const READY: u32 = 1 << 0;
const DONE: u32 = 1 << 17;
/// A bad operation, a bad address, or its memory read while it worked.
const FAULTS: u32 = 1 << 19 | 1 << 20 | 1 << 21;

/// Where modular exponentiation wants and leaves its operands (table "Modular exponentiation").
const EXPONENT_BITS: usize = 0x400;
const OPERAND_BITS: usize = 0x408;
const RESULT: usize = 0x838;
const BASE: usize = 0xC68;
const EXPONENT: usize = 0xE78;
const MODULUS: usize = 0x1088;

/// Bytes of the longest operand, RSA-4096's.
const MAX_LEN: usize = 512;
/// Looks at the status: more than twice what RSA-4096 takes.
const LOOKS: u32 = 100_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Failed;

/// RSA's exponentiations by the accelerator that `R` reaches. When it fails the result is 0, which no check of a signature
/// or a padding lets pass; the self-test of each start finds an accelerator that always does.
pub struct PkaModExp<R>(PhantomData<R>);

impl<R: Registers + Default> ModExp for PkaModExp<R> {
    #[inline(never)]
    fn secret<const N: usize>(modulus: &Modulus<N>, base: &Uint<N>, exponent: &Uint<N>) -> Uint<N> {
        let mut bytes = Zeroizing::new([0; MAX_LEN]);
        let exponent = be_bytes(exponent, &mut bytes);
        exponentiate(&R::default(), modulus, base, exponent)
    }

    #[inline(never)]
    fn public<const N: usize>(modulus: &Modulus<N>, base: &Uint<N>, exponent: u32) -> Uint<N> {
        exponentiate(&R::default(), modulus, base, &exponent.to_be_bytes())
    }
}

fn exponentiate<const N: usize>(
    pka: &impl Registers,
    modulus: &Modulus<N>,
    base: &Uint<N>,
    exponent: &[u8],
) -> Uint<N> {
    let mut bytes = Zeroizing::new([0; MAX_LEN]);
    let outcome = start(pka).and_then(|()| {
        pka.write(EXPONENT_BITS, exponent.len() as u32 * 8);
        pka.write(OPERAND_BITS, Uint::<N>::BITS as u32);
        put(pka, EXPONENT, exponent);
        put(pka, BASE, be_bytes(base, &mut bytes));
        put(pka, MODULUS, be_bytes(modulus.n(), &mut bytes));
        run(pka)?;
        let result = bytes.get_mut(..Uint::<N>::LEN).ok_or(Failed)?;
        take(pka, RESULT, result);
        Uint::from_be_bytes(result).map_err(|_| Failed)
    });
    scrub(pka);
    outcome.unwrap_or(Uint::ZERO)
}

fn be_bytes<'b, const N: usize>(number: &Uint<N>, buffer: &'b mut [u8; MAX_LEN]) -> &'b [u8] {
    let bytes = buffer.get_mut(..Uint::<N>::LEN).unwrap_or_default();
    number.write_be_bytes(bytes);
    bytes
}

/// Enables it, whereupon it makes its memory ready.
fn start(pka: &impl Registers) -> Result<(), Failed> {
    pka.write(CONTROL, ENABLE);
    until(pka, READY)?;
    pka.write(CLEAR, DONE | FAULTS);
    Ok(())
}

fn run(pka: &impl Registers) -> Result<(), Failed> {
    pka.write(CONTROL, ENABLE | EXPONENTIATE | START);
    let outcome = until(pka, DONE | FAULTS);
    let faults = pka.read(STATUS) & FAULTS;
    pka.write(CLEAR, DONE | FAULTS);
    outcome.and_then(|()| (faults == 0).then_some(()).ok_or(Failed))
}

fn until(pka: &impl Registers, any: u32) -> Result<(), Failed> {
    let reached = (0..LOOKS).any(|_| pka.read(STATUS) & any != 0);
    reached.then_some(()).ok_or(Failed)
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
