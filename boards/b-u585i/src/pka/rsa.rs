//! RSA's exponentiations. Those by a secret exponent are the manual's protected mode, which hides it with multiples of the
//! modulus' order; their bases come blinded, so that what the accelerator leaks of those is worth nothing. What goes by a public
//! exponent, the blinding's factor among it, has no such protection.

use super::{FINE, Failure, Mode, Registers, put, put_number, run, take, with};
use casemate_firmware::crypto::CryptoError;
use casemate_firmware::crypto::bignum::{Modulus, Uint};
use casemate_firmware::crypto::rsa::ModExp;
use core::marker::PhantomData;
use zeroize::Zeroizing;

/// Where modular exponentiation wants and leaves its operands (table "Modular exponentiation").
pub(super) const EXPONENT_BITS: usize = 0x400;
pub(super) const OPERAND_BITS: usize = 0x408;
pub(super) const RESULT: usize = 0x838;
pub(super) const BASE: usize = 0xC68;
pub(super) const EXPONENT: usize = 0xE78;
pub(super) const MODULUS: usize = 0x1088;

/// The same (table "Modular exponentiation (protected mode)"); the bits and the result are where they are above.
pub(super) const PROTECTED_BASE: usize = 0x16C8;
pub(super) const PROTECTED_EXPONENT: usize = 0x14B8;
pub(super) const PROTECTED_MODULUS: usize = 0x838;
pub(super) const ORDER: usize = 0xC68;

/// Bytes of the longest operand, RSA-4096's.
pub(super) const MAX_LEN: usize = 512;

/// Where the protected mode says how it went.
pub(super) const PROTECTED_STATUS: usize = 0x1298;

/// RSA's exponentiations by the accelerator that `R` reaches.
pub struct PkaModExp<R>(PhantomData<R>);

impl<R: Registers + Default> ModExp for PkaModExp<R> {
    #[inline(never)]
    fn secret<const N: usize>(
        modulus: &Modulus<N>,
        base: &Uint<N>,
        exponent: &Uint<N>,
    ) -> Result<Uint<N>, CryptoError> {
        let found = exponentiate_protected(&R::default(), modulus, base, exponent);
        found.map_err(|failure| match failure {
            // A key from outside may be of numbers that are no primes, and says nothing against the device.
            Failure::Wrong => CryptoError::InvalidKey,
            Failure::Broken => CryptoError::Failed,
        })
    }

    #[inline(never)]
    fn public<const N: usize>(
        modulus: &Modulus<N>,
        base: &Uint<N>,
        exponent: u32,
    ) -> Result<Uint<N>, CryptoError> {
        let exponent = exponent.to_be_bytes();
        Ok(exponentiate(&R::default(), modulus, base, &exponent)?)
    }
}

pub(super) fn exponentiate<const N: usize>(
    pka: &impl Registers,
    modulus: &Modulus<N>,
    base: &Uint<N>,
    exponent: &[u8],
) -> Result<Uint<N>, Failure> {
    let mut bytes = Zeroizing::new([0; MAX_LEN]);
    with(pka, || {
        put_number(pka, EXPONENT_BITS, exponent.len() as u32 * 8);
        put_number(pka, OPERAND_BITS, Uint::<N>::BITS as u32);
        put(pka, EXPONENT, exponent);
        put(pka, BASE, be_bytes(base, &mut bytes));
        put(pka, MODULUS, be_bytes(modulus.n(), &mut bytes));
        run(pka, Mode::Exponentiate)?;
        take_result(pka, &mut bytes)
    })
}

fn exponentiate_protected<const N: usize>(
    pka: &impl Registers,
    modulus: &Modulus<N>,
    base: &Uint<N>,
    exponent: &Uint<N>,
) -> Result<Uint<N>, Failure> {
    let mut bytes = Zeroizing::new([0; MAX_LEN]);
    with(pka, || {
        for at in [EXPONENT_BITS, OPERAND_BITS] {
            put_number(pka, at, Uint::<N>::BITS as u32);
        }
        put(pka, PROTECTED_EXPONENT, be_bytes(exponent, &mut bytes));
        put(pka, PROTECTED_BASE, be_bytes(base, &mut bytes));
        put(pka, PROTECTED_MODULUS, be_bytes(modulus.n(), &mut bytes));
        put(pka, ORDER, order_bytes(modulus.n(), &mut bytes));
        run(pka, Mode::ExponentiateProtected)?;
        if pka.read(PROTECTED_STATUS) != FINE {
            return Err(Failure::Wrong);
        }
        take_result(pka, &mut bytes)
    })
}

fn take_result<const N: usize>(pka: &impl Registers, bytes: &mut [u8; MAX_LEN]) -> Result<Uint<N>, Failure> {
    let result = bytes.get_mut(..Uint::<N>::LEN).ok_or(Failure::Broken)?;
    take(pka, RESULT, result);
    Uint::from_be_bytes(result).map_err(|_| Failure::Broken)
}

/// The order of an odd prime: one less.
fn order_bytes<'b, const N: usize>(prime: &Uint<N>, buffer: &'b mut [u8; MAX_LEN]) -> &'b [u8] {
    be_bytes(prime, buffer);
    let bytes = buffer.get_mut(..Uint::<N>::LEN).unwrap_or_default();
    if let Some(last) = bytes.last_mut() {
        *last &= !1;
    }
    bytes
}

fn be_bytes<'b, const N: usize>(number: &Uint<N>, buffer: &'b mut [u8; MAX_LEN]) -> &'b [u8] {
    let bytes = buffer.get_mut(..Uint::<N>::LEN).unwrap_or_default();
    number.write_be_bytes(bytes);
    bytes
}
