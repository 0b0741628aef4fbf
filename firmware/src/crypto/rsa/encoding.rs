//! PKCS#8 (RFC 5208) and SubjectPublicKeyInfo (RFC 5280), with the keys of RFC 8017 appendix A.1.

use super::private::Private;
use super::private_key::{Numbers, with_numbers};
use super::{MAX_MODULUS_LEN, RsaKey, RsaParts, RsaPublic, RsaSize};
use crate::crypto::CryptoError;
use crate::crypto::bignum::Uint;
use crate::crypto::der::{NULL, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, Writer};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// rsaEncryption, 1.2.840.113549.1.1.1.
const RSA_ENCRYPTION: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];

impl RsaKey {
    /// Most bytes that [`Self::write_pkcs8`] writes.
    pub const MAX_PKCS8_LEN: usize = 2400;

    /// A key from outside, as `PrivateKeyInfo` in DER: all its numbers must be those of one key of a supported size.
    ///
    /// # Errors
    /// [`CryptoError::InvalidKey`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, CryptoError> {
        let mut outer = Reader::new(der);
        let mut info = outer.nested(SEQUENCE)?;
        outer.finish()?;
        if info.integer()? != [0] {
            return Err(CryptoError::InvalidKey);
        }
        read_algorithm(&mut info)?;
        let mut octets = Reader::new(info.element(OCTET_STRING)?);
        let mut key = octets.nested(SEQUENCE)?;
        octets.finish()?;
        if key.integer()? != [0] {
            return Err(CryptoError::InvalidKey);
        }
        let (n, e, d) = (key.integer()?, exponent(key.integer()?)?, key.integer()?);
        let size = RsaSize::from_modulus_len(n.len()).ok_or(CryptoError::InvalidKey)?;
        let parts = RsaParts {
            e,
            p: key.integer()?,
            q: key.integer()?,
            dp: key.integer()?,
            dq: key.integer()?,
            q_inverse: key.integer()?,
        };
        key.finish()?;
        let key = Self::parse(size, &parts)?;
        if with_numbers!(&key.0, numbers => numbers.belongs_to(n, d)) {
            Ok(key)
        } else {
            Err(CryptoError::InvalidKey)
        }
    }

    /// Writes the key as `PrivateKeyInfo` in DER to the front of `output`, the rest of which it may overwrite with
    /// zeros, and gives its length: up to 1219, 1795 or 2376 bytes for the three sizes.
    ///
    /// # Errors
    /// [`CryptoError::TooLong`] when `output` is too short.
    pub fn write_pkcs8(&self, output: &mut [u8]) -> Result<usize, CryptoError> {
        let mut writer = Writer::new(output);
        writer.nested(SEQUENCE, |info| {
            info.nested(OCTET_STRING, |key| {
                key.nested(
                    SEQUENCE,
                    |key| with_numbers!(&self.0, numbers => numbers.write(key)),
                )
            })?;
            write_algorithm(info)?;
            info.integer(&[0])
        })?;
        Ok(writer.finish())
    }
}

impl<const H: usize, const N: usize> Private<H, N> {
    /// Whether `n` and `d`, as bytes, are this key's.
    fn belongs_to(&self, n: &[u8], d: &[u8]) -> bool {
        let (Ok(n), Ok(d)) = (Uint::<N>::from_be_bytes(n), Uint::<N>::from_be_bytes(d)) else {
            return false;
        };
        bool::from(n.ct_eq(&self.n())) && self.is_exponent(&d)
    }

    /// Writes the fields of RFC 8017's `RSAPrivateKey`, the last first.
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), CryptoError> {
        for half in [&self.q_inverse, &self.dq, &self.dp, &self.q, &self.p] {
            write_number(writer, half)?;
        }
        write_number(writer, &self.d())?;
        writer.integer(&self.e.to_be_bytes())?;
        write_number(writer, &self.n())?;
        writer.integer(&[0])
    }
}

impl RsaPublic {
    /// Most bytes that [`Self::write_spki`] writes.
    pub const MAX_SPKI_LEN: usize = 552;

    /// A key from outside, as `SubjectPublicKeyInfo` in DER.
    ///
    /// # Errors
    /// [`CryptoError::InvalidKey`] for other keys than [`RsaPublic`] takes.
    pub fn from_spki(der: &[u8]) -> Result<Self, CryptoError> {
        let mut outer = Reader::new(der);
        let mut info = outer.nested(SEQUENCE)?;
        outer.finish()?;
        read_algorithm(&mut info)?;
        let mut bits = Reader::new(info.bit_string()?);
        info.finish()?;
        let mut key = bits.nested(SEQUENCE)?;
        bits.finish()?;
        let (n, e) = (key.integer()?, key.integer()?);
        key.finish()?;
        Self::new(n, exponent(e)?)
    }

    /// Writes the key as `SubjectPublicKeyInfo` in DER to the front of `output`, and gives its length: 294, 422 or 550
    /// bytes for the three sizes with the usual exponent.
    ///
    /// # Errors
    /// [`CryptoError::TooLong`] when `output` is too short.
    pub fn write_spki(&self, output: &mut [u8]) -> Result<usize, CryptoError> {
        let mut modulus = [0; MAX_MODULUS_LEN];
        let modulus = self.write_modulus(&mut modulus)?;
        let mut writer = Writer::new(output);
        writer.nested(SEQUENCE, |info| {
            info.bit_string(|bits| {
                bits.nested(SEQUENCE, |key| {
                    key.integer(&self.exponent().to_be_bytes())?;
                    key.integer(modulus)
                })
            })?;
            write_algorithm(info)
        })?;
        Ok(writer.finish())
    }
}

fn read_algorithm(reader: &mut Reader<'_>) -> Result<(), CryptoError> {
    let mut algorithm = reader.nested(SEQUENCE)?;
    algorithm.expect(OBJECT_IDENTIFIER, &RSA_ENCRYPTION)?;
    algorithm.expect(NULL, &[])?;
    algorithm.finish()
}

fn write_algorithm(writer: &mut Writer<'_>) -> Result<(), CryptoError> {
    writer.nested(SEQUENCE, |algorithm| {
        algorithm.element(NULL, &[])?;
        algorithm.element(OBJECT_IDENTIFIER, &RSA_ENCRYPTION)
    })
}

fn exponent(bytes: &[u8]) -> Result<u32, CryptoError> {
    if bytes.len() > size_of::<u32>() {
        return Err(CryptoError::InvalidKey);
    }
    Ok(bytes
        .iter()
        .fold(0, |value, byte| (value << 8) | u32::from(*byte)))
}

fn write_number<const N: usize>(writer: &mut Writer<'_>, number: &Uint<N>) -> Result<(), CryptoError> {
    let mut bytes = Zeroizing::new([0; MAX_MODULUS_LEN]);
    number.write_be_bytes(&mut *bytes);
    writer.integer(&*bytes)
}
