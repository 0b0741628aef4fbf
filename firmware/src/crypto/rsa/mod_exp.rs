use crate::crypto::bignum::{Modulus, Powers, Uint};

/// Modular exponentiation, in software or in a board's public-key accelerator.
pub trait ModExp {
    /// `bases[0]^exponents[0] · bases[1]^exponents[1] mod n` in constant time; the bases are below `n`.
    fn secret_product<const N: usize>(
        modulus: &Modulus<N>,
        bases: [&Uint<N>; 2],
        exponents: [Uint<N>; 2],
    ) -> Uint<N>;

    /// `base^exponent mod n`, where only the base may be secret and is below `n`.
    fn public<const N: usize>(modulus: &Modulus<N>, base: &Uint<N>, exponent: u32) -> Uint<N>;
}

/// In software, by Montgomery's method.
pub struct SoftwareModExp;

impl ModExp for SoftwareModExp {
    #[inline(never)]
    fn secret_product<const N: usize>(
        modulus: &Modulus<N>,
        bases: [&Uint<N>; 2],
        exponents: [Uint<N>; 2],
    ) -> Uint<N> {
        let [first, second] = bases.map(|base| modulus.convert(base));
        let mut powers = Powers::new(modulus, [&first, &second], exponents);
        let product = powers.step(modulus, usize::MAX);
        product.map_or(Uint::ZERO, |product| modulus.reduce(product))
    }

    #[inline(never)]
    fn public<const N: usize>(modulus: &Modulus<N>, base: &Uint<N>, exponent: u32) -> Uint<N> {
        let base = modulus.convert(base);
        let mut result = modulus.one();
        for place in (0..u32::BITS.saturating_sub(exponent.leading_zeros())).rev() {
            result = modulus.square(&result);
            if (exponent >> place) & 1 == 1 {
                result = modulus.multiply(&result, &base);
            }
        }
        modulus.reduce(&result)
    }
}
