use crate::crypto::bignum::{Modulus, Power, Uint, public_power};

/// Modular exponentiation, in software or in a board's public-key accelerator.
pub trait ModExp {
    /// `base^exponent mod n` in constant time; the base is below `n`, and `n` a prime: accelerators that hide the exponent
    /// take `n − 1` for the order.
    fn secret<const N: usize>(modulus: &Modulus<N>, base: &Uint<N>, exponent: &Uint<N>) -> Uint<N>;

    /// `base^exponent mod n`, where only the base may be secret and is below `n`.
    fn public<const N: usize>(modulus: &Modulus<N>, base: &Uint<N>, exponent: u32) -> Uint<N>;
}

/// In software, by Montgomery's method.
pub struct SoftwareModExp;

impl ModExp for SoftwareModExp {
    #[inline(never)]
    fn secret<const N: usize>(modulus: &Modulus<N>, base: &Uint<N>, exponent: &Uint<N>) -> Uint<N> {
        let mut power = Power::new(modulus, &modulus.convert(base), exponent);
        let result = power.step(modulus, usize::MAX);
        result.map_or(Uint::ZERO, |result| modulus.reduce(result))
    }

    #[inline(never)]
    fn public<const N: usize>(modulus: &Modulus<N>, base: &Uint<N>, exponent: u32) -> Uint<N> {
        let result = public_power(modulus, &modulus.convert(base), exponent);
        modulus.reduce(&result)
    }
}
