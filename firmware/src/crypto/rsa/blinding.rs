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
        let product = |a: &Uint<N>, b: &Uint<N>| modulus.multiply(&modulus.convert(a), b);
        let mut blinding = Self::of_limb(modulus, random)?;
        for _ in 1..BITS / Limb::BITS {
            let more = Self::of_limb(modulus, random)?;
            blinding.factor = product(&blinding.factor, &more.factor);
            blinding.inverse = product(&blinding.inverse, &more.inverse);
        }
        Ok(blinding)
    }

    fn of_limb(modulus: &Modulus<N>, random: &mut impl Random) -> Result<Self, CryptoError> {
        let limb = random_odd(random)?;
        Ok(Self {
            factor: Uint::small(limb),
            inverse: small_inverse(limb, modulus.n()),
        })
    }
}

/// Odd, so that it can be inverted, and more than 1.
fn random_odd(random: &mut impl Random) -> Result<Limb, CryptoError> {
    let number = Uint::<1>::random(random)?;
    Ok(number.limbs().iter().fold(3, |odd, limb| odd | limb))
}
