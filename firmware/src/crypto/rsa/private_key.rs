use super::padding::{OaepHash, oaep_decode, pkcs1_encode, pss_encode};
use super::private::Private;
use super::size::{FULL_2048, FULL_3072, FULL_4096, HALF_2048, HALF_3072, HALF_4096};
use super::{MAX_MODULUS_LEN, PUBLIC_EXPONENT, RsaPublic, RsaSize};
use crate::crypto::bignum::Uint;
use crate::crypto::{Crypto, CryptoError, Digest, Random};
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// A private key; never formatted, wiped when dropped.
#[derive(Clone, ZeroizeOnDrop)]
pub struct RsaKey(pub(super) Numbers);

#[derive(Clone, ZeroizeOnDrop)]
#[allow(
    clippy::large_enum_variant,
    reason = "there is no heap, and the largest must fit anyway"
)]
pub(super) enum Numbers {
    Rsa2048(Private<HALF_2048, FULL_2048>),
    Rsa3072(Private<HALF_3072, FULL_3072>),
    Rsa4096(Private<HALF_4096, FULL_4096>),
}

/// The same for each size: `$key` is the [`Private`].
macro_rules! with_numbers {
    ($numbers:expr, $key:ident => $body:expr) => {
        match $numbers {
            Numbers::Rsa2048($key) => $body,
            Numbers::Rsa3072($key) => $body,
            Numbers::Rsa4096($key) => $body,
        }
    };
}

pub(super) use with_numbers;

/// The numbers of a private key as big-endian bytes, each as it came: RFC 8017 appendix A.1.2 without the modulus and
/// the private exponent, which follow from the others.
#[derive(Clone, Copy)]
pub struct RsaParts<'a> {
    /// The public exponent.
    pub e: u32,
    /// The first prime.
    pub p: &'a [u8],
    /// The second prime.
    pub q: &'a [u8],
    /// `1/e mod p − 1`.
    pub dp: &'a [u8],
    /// `1/e mod q − 1`.
    pub dq: &'a [u8],
    /// `1/q mod p`.
    pub q_inverse: &'a [u8],
}

impl RsaKey {
    /// A key from outside, which must be one: primes of half the size with their highest bit set, an odd public
    /// exponent of at least 65537, and the other numbers following from these.
    ///
    /// # Errors
    /// [`CryptoError::InvalidKey`].
    pub fn parse(size: RsaSize, parts: &RsaParts<'_>) -> Result<Self, CryptoError> {
        let key = Self::trusted(size, parts)?;
        let consistent = parts.e >= PUBLIC_EXPONENT
            && parts.e % 2 == 1
            && with_numbers!(&key.0, numbers => numbers.consistent());
        if consistent {
            Ok(key)
        } else {
            Err(CryptoError::InvalidKey)
        }
    }

    /// A key that this device has made or parsed before, and whose bytes came back authenticated.
    ///
    /// # Errors
    /// [`CryptoError::InvalidKey`] for a number that is longer than a prime.
    pub fn trusted(size: RsaSize, parts: &RsaParts<'_>) -> Result<Self, CryptoError> {
        Ok(Self(match size {
            RsaSize::Rsa2048 => Numbers::Rsa2048(Private::from_parts(parts)?),
            RsaSize::Rsa3072 => Numbers::Rsa3072(Private::from_parts(parts)?),
            RsaSize::Rsa4096 => Numbers::Rsa4096(Private::from_parts(parts)?),
        }))
    }

    /// Bits of its modulus.
    pub const fn size(&self) -> RsaSize {
        match self.0 {
            Numbers::Rsa2048(_) => RsaSize::Rsa2048,
            Numbers::Rsa3072(_) => RsaSize::Rsa3072,
            Numbers::Rsa4096(_) => RsaSize::Rsa4096,
        }
    }

    /// Its public key.
    ///
    /// # Errors
    /// [`CryptoError::InvalidKey`] when a key that was trusted is none.
    pub fn public(&self) -> Result<RsaPublic, CryptoError> {
        with_numbers!(&self.0, numbers => RsaPublic::from_number(numbers.n().resized(), numbers.e))
    }

    /// Signs a digest as RFC 8017 section 8.2.1 says (PKCS#1 v1.5), to the front of `output`. Gives the signature's
    /// length, which is [`RsaSize::modulus_len`].
    ///
    /// # Errors
    /// [`CryptoError::TooLong`] when `output` is too short; [`CryptoError::Failed`] when there is no randomness or
    /// an accelerator failed; [`CryptoError::InvalidKey`] when the signature does not check, by a fault or because the key is none.
    pub fn sign_pkcs1<C: Crypto>(
        &self,
        digest: &Digest,
        random: &mut impl Random,
        output: &mut [u8],
    ) -> Result<usize, CryptoError> {
        let output = self.place(output)?;
        pkcs1_encode(digest, output)?;
        self.apply::<C>(output, random)?;
        Ok(output.len())
    }

    /// Signs a digest with PSS as RFC 8017 section 8.1.1 says: the salt is as long as the digest, MGF1 uses its hash.
    ///
    /// # Errors
    /// As [`Self::sign_pkcs1`].
    pub fn sign_pss<C: Crypto>(
        &self,
        digest: &Digest,
        random: &mut impl Random,
        output: &mut [u8],
    ) -> Result<usize, CryptoError> {
        let output = self.place(output)?;
        pss_encode::<C>(digest, output.len().saturating_mul(8), random, output)?;
        self.apply::<C>(output, random)?;
        Ok(output.len())
    }

    /// Decrypts what [`RsaPublic::encrypt_oaep`] made, to the front of `output`. Gives the message's length.
    ///
    /// # Errors
    /// [`CryptoError::NotAuthentic`] whatever is wrong with the ciphertext; [`CryptoError::TooLong`] when the message
    /// does not fit the output; [`CryptoError::Failed`] and [`CryptoError::InvalidKey`] as [`Self::sign_pkcs1`].
    pub fn decrypt_oaep<C: Crypto>(
        &self,
        hash: OaepHash,
        ciphertext: &[u8],
        random: &mut impl Random,
        output: &mut [u8],
    ) -> Result<usize, CryptoError> {
        let mut encoded = Zeroizing::new([0; MAX_MODULUS_LEN]);
        let encoded = self.place(&mut *encoded)?;
        if ciphertext.len() != encoded.len() {
            return Err(CryptoError::NotAuthentic);
        }
        encoded.copy_from_slice(ciphertext);
        self.apply::<C>(encoded, random).map_err(|error| match error {
            CryptoError::TooLong => CryptoError::NotAuthentic,
            other => other,
        })?;
        let message = oaep_decode::<C>(hash, encoded)?;
        let place = output.get_mut(..message.len()).ok_or(CryptoError::TooLong)?;
        place.copy_from_slice(message);
        Ok(place.len())
    }

    /// Writes the numbers of [`RsaParts`] but `e` to the front of `output`, in that order, each as long as a prime.
    ///
    /// # Errors
    /// [`CryptoError::TooLong`] when `output` is shorter than five primes.
    pub fn write_parts(&self, output: &mut [u8]) -> Result<(), CryptoError> {
        let mut places = output.chunks_exact_mut(self.size().prime_len());
        with_numbers!(&self.0, key => {
            for number in [&key.p, &key.q, &key.dp, &key.dq, &key.q_inverse] {
                number.write_be_bytes(places.next().ok_or(CryptoError::TooLong)?);
            }
        });
        Ok(())
    }

    fn place<'a>(&self, output: &'a mut [u8]) -> Result<&'a mut [u8], CryptoError> {
        output
            .get_mut(..self.size().modulus_len())
            .ok_or(CryptoError::TooLong)
    }

    /// `bytes^d mod n`, in place.
    fn apply<C: Crypto>(&self, bytes: &mut [u8], random: &mut impl Random) -> Result<(), CryptoError> {
        with_numbers!(&self.0, numbers => {
            let result = numbers.apply::<C::ModExp>(&Uint::from_be_bytes(bytes)?, random)?;
            result.write_be_bytes(bytes);
        });
        Ok(())
    }
}

impl<const H: usize, const N: usize> Private<H, N> {
    fn from_parts(parts: &RsaParts<'_>) -> Result<Self, CryptoError> {
        let number = |bytes| Uint::from_be_bytes(bytes).map_err(|_| CryptoError::InvalidKey);
        Ok(Self {
            e: parts.e,
            p: number(parts.p)?,
            q: number(parts.q)?,
            dp: number(parts.dp)?,
            dq: number(parts.dq)?,
            q_inverse: number(parts.q_inverse)?,
        })
    }
}
