use super::padding::{Buffer, OaepHash, oaep_encode, pkcs1_encode, pss_verify};
use super::size::{FULL_2048, FULL_3072, FULL_4096};
use super::{MAX_MODULUS_LEN, ModExp, PUBLIC_EXPONENT};
use crate::crypto::bignum::{Modulus, Uint};
use crate::crypto::{Crypto, CryptoError, Digest, Random};

const MIN_BITS: usize = 2048;
const MAX_BITS: usize = 4096;

/// A public key: an odd modulus of 2048 to 4096 bits and an odd exponent of 65537 to 2^32 − 1.
#[derive(Clone)]
pub struct RsaPublic {
    n: Uint<FULL_4096>,
    bits: usize,
    e: u32,
}

impl RsaPublic {
    /// The key with this modulus, the most significant byte first.
    ///
    /// # Errors
    /// [`CryptoError::InvalidKey`] when modulus or exponent is not as the type demands.
    pub fn new(n: &[u8], e: u32) -> Result<Self, CryptoError> {
        let n = Uint::from_be_bytes(n).map_err(|_| CryptoError::InvalidKey)?;
        Self::from_number(n, e)
    }

    pub(super) fn from_number(n: Uint<FULL_4096>, e: u32) -> Result<Self, CryptoError> {
        let bits = n.bits_vartime();
        let sound = (MIN_BITS..=MAX_BITS).contains(&bits) && n.odd() == 1;
        if sound && e >= PUBLIC_EXPONENT && e % 2 == 1 {
            Ok(Self { n, bits, e })
        } else {
            Err(CryptoError::InvalidKey)
        }
    }

    /// The public exponent.
    pub const fn exponent(&self) -> u32 {
        self.e
    }

    /// Bytes of the modulus, of a signature and of a ciphertext: 256 to 512.
    pub const fn modulus_len(&self) -> usize {
        self.bits.div_ceil(8)
    }

    /// Writes the modulus to the front of `output`, the most significant byte first, and gives it.
    ///
    /// # Errors
    /// [`CryptoError::TooLong`] when `output` is shorter than [`Self::modulus_len`].
    pub fn write_modulus<'a>(&self, output: &'a mut [u8]) -> Result<&'a [u8], CryptoError> {
        let output = output.get_mut(..self.modulus_len()).ok_or(CryptoError::TooLong)?;
        self.n.write_be_bytes(output);
        Ok(output)
    }

    /// Checks a PKCS#1 v1.5 signature over a digest: RFC 8017 section 8.2.2.
    ///
    /// # Errors
    /// [`CryptoError::NotAuthentic`]; [`CryptoError::Failed`] when the accelerator did.
    pub fn verify_pkcs1<C: Crypto>(&self, digest: &Digest, signature: &[u8]) -> Result<(), CryptoError> {
        let mut found = [0; MAX_MODULUS_LEN];
        let found = self.recover::<C>(signature, &mut found)?;
        let mut expected = [0; MAX_MODULUS_LEN];
        let expected = expected.get_mut(..self.modulus_len()).unwrap_or_default();
        pkcs1_encode(digest, expected)?;
        if found == expected {
            Ok(())
        } else {
            Err(CryptoError::NotAuthentic)
        }
    }

    /// Checks a PSS signature over a digest, whose salt is as long as the digest: RFC 8017 section 8.1.2.
    ///
    /// # Errors
    /// [`CryptoError::NotAuthentic`]; [`CryptoError::Failed`] when the accelerator did.
    pub fn verify_pss<C: Crypto>(&self, digest: &Digest, signature: &[u8]) -> Result<(), CryptoError> {
        let mut encoded = [0; MAX_MODULUS_LEN];
        let encoded = self.recover::<C>(signature, &mut encoded)?;
        pss_verify::<C>(digest, self.bits, encoded)
    }

    /// Encrypts a short message with RSA-OAEP, empty label, to the front of `output`: RFC 8017 section 7.1.1. Gives
    /// the ciphertext's length, which is [`Self::modulus_len`].
    ///
    /// # Errors
    /// [`CryptoError::TooLong`] when the message is longer than the modulus less twice the hash and 2 bytes, or the
    /// output too short; [`CryptoError::Failed`] when there is no randomness or the accelerator failed, whereupon `output`
    /// holds nothing of the message.
    pub fn encrypt_oaep<C: Crypto>(
        &self,
        hash: OaepHash,
        message: &[u8],
        random: &mut impl Random,
        output: &mut [u8],
    ) -> Result<usize, CryptoError> {
        let output = output.get_mut(..self.modulus_len()).ok_or(CryptoError::TooLong)?;
        oaep_encode::<C>(hash, message, random, output)?;
        let encoded = Uint::from_be_bytes(output)?;
        // After a failure what is there yet would tell the message.
        self.raise::<C::ModExp>(&encoded, output)
            .inspect_err(|_| output.fill(0))?;
        Ok(output.len())
    }

    /// `signature^e mod n` as bytes of the modulus' length.
    fn recover<'a, C: Crypto>(
        &self,
        signature: &[u8],
        encoded: &'a mut Buffer,
    ) -> Result<&'a mut [u8], CryptoError> {
        let number = Uint::from_be_bytes(signature).map_err(|_| CryptoError::NotAuthentic)?;
        if signature.len() != self.modulus_len() || number.less(&self.n) == 0 {
            return Err(CryptoError::NotAuthentic);
        }
        let encoded = encoded.get_mut(..self.modulus_len()).unwrap_or_default();
        self.raise::<C::ModExp>(&number, encoded)?;
        Ok(encoded)
    }

    /// Writes `base^e mod n`, for which it takes the narrowest numbers that hold it.
    fn raise<M: ModExp>(&self, base: &Uint<FULL_4096>, output: &mut [u8]) -> Result<(), CryptoError> {
        if self.bits <= 2048 {
            self.raise_in::<M, FULL_2048>(base, output)
        } else if self.bits <= 3072 {
            self.raise_in::<M, FULL_3072>(base, output)
        } else {
            self.raise_in::<M, FULL_4096>(base, output)
        }
    }

    fn raise_in<M: ModExp, const N: usize>(
        &self,
        base: &Uint<FULL_4096>,
        output: &mut [u8],
    ) -> Result<(), CryptoError> {
        let modulus = Modulus::<N>::new(&self.n.resized());
        let raised = M::public(&modulus, &base.resized(), self.e);
        // By reference: a number is long.
        raised.as_ref().map_err(|error| *error)?.write_be_bytes(output);
        Ok(())
    }
}
