use crate::crypto::CryptoError;
use crate::crypto::bignum::{Modulus, Power, Uint, public_power};

/// Modular exponentiation, in software or in a board's public-key accelerator. What an accelerator that failed has made
/// never becomes a result: some of these leave the device without a check, as the ciphertexts of RSA-OAEP.
pub trait ModExp {
    /// `base^exponent mod n` in constant time; the base is below `n`, and `n` a prime: accelerators that hide the exponent
    /// take `n − 1` for the order.
    ///
    /// # Errors
    /// [`CryptoError::Failed`] when the accelerator did; [`CryptoError::InvalidKey`] when it found its result wrong, which
    /// a modulus that is no prime may bring about.
    fn secret<const N: usize>(
        modulus: &Modulus<N>,
        base: &Uint<N>,
        exponent: &Uint<N>,
    ) -> Result<Uint<N>, CryptoError>;

    /// `base^exponent mod n`, where only the base may be secret and is below `n`.
    ///
    /// # Errors
    /// [`CryptoError::Failed`] when the accelerator did.
    fn public<const N: usize>(
        modulus: &Modulus<N>,
        base: &Uint<N>,
        exponent: u32,
    ) -> Result<Uint<N>, CryptoError>;
}

/// In software, by Montgomery's method.
pub struct SoftwareModExp;

impl ModExp for SoftwareModExp {
    #[inline(never)]
    fn secret<const N: usize>(
        modulus: &Modulus<N>,
        base: &Uint<N>,
        exponent: &Uint<N>,
    ) -> Result<Uint<N>, CryptoError> {
        let mut power = Power::new(modulus, &modulus.convert(base), exponent);
        let result = power.step(modulus, usize::MAX).ok_or(CryptoError::Failed)?;
        Ok(modulus.reduce(result))
    }

    #[inline(never)]
    fn public<const N: usize>(
        modulus: &Modulus<N>,
        base: &Uint<N>,
        exponent: u32,
    ) -> Result<Uint<N>, CryptoError> {
        let result = public_power(modulus, &modulus.convert(base), exponent);
        Ok(modulus.reduce(&result))
    }
}
