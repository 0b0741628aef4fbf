use crate::crypto::bignum::{Limb, Modulus, Uint, small_inverse};
use crate::crypto::{CryptoError, Random};

/// Random bits of a blinding factor.
const BITS: u32 = 128;

/// A random number below a modulus, and its inverse, for one private operation.
///
/// The number is the product of random limbs, 128 bits of them. That is enough that nobody guesses it, and such a
/// product is inverted limb by limb, for a hundredth of what a number as long as the modulus costs.
pub(super) struct Blinding<const N: usize> {
    pub(super) factor: Uint<N>,
    pub(super) inverse: Uint<N>,
}

impl<const N: usize> Blinding<N> {
    pub(super) fn new(modulus: &Modulus<N>, random: &mut impl Random) -> Result<Self, CryptoError> {
        let (mut factor, mut inverse) = (modulus.one(), modulus.one());
        for _ in 0..BITS / Limb::BITS {
            let limb = random_odd(random)?;
            factor = modulus.multiply(&factor, &modulus.convert(&Uint::small(limb)));
            let limb_inverse = small_inverse(limb, modulus.n());
            inverse = modulus.multiply(&inverse, &modulus.convert(&limb_inverse));
        }
        Ok(Self {
            factor: modulus.reduce(&factor),
            inverse: modulus.reduce(&inverse),
        })
    }
}

/// Odd, so that it can be inverted, and more than 1.
fn random_odd(random: &mut impl Random) -> Result<Limb, CryptoError> {
    let number = Uint::<1>::random(random)?;
    Ok(number.limbs().iter().fold(3, |odd, limb| odd | limb))
}
