//! PKCS#8 (RFC 5208) with the private keys of RFC 5915, and SubjectPublicKeyInfo (RFC 5480).

use super::{Curve, EcKey, EcPublic};
use crate::crypto::der::{OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, Writer, context};
use crate::crypto::{Crypto, CryptoError};

/// id-ecPublicKey, 1.2.840.10045.2.1.
const EC_PUBLIC_KEY: [u8; 7] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
/// secp256r1, 1.2.840.10045.3.1.7.
const SECP256R1: [u8; 8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
/// secp384r1, 1.3.132.0.34.
const SECP384R1: [u8; 5] = [0x2B, 0x81, 0x04, 0x00, 0x22];
/// secp521r1, 1.3.132.0.35.
const SECP521R1: [u8; 5] = [0x2B, 0x81, 0x04, 0x00, 0x23];

impl EcKey {
    /// Most bytes that [`Self::write_pkcs8`] writes.
    pub const MAX_PKCS8_LEN: usize = 241;

    /// A key from outside, as `PrivateKeyInfo` in DER. Its scalar must be in range, and its public key, if there is
    /// one, the right one.
    ///
    /// # Errors
    /// [`CryptoError::InvalidKey`].
    pub fn from_pkcs8<C: Crypto>(der: &[u8]) -> Result<Self, CryptoError> {
        let mut outer = Reader::new(der);
        let mut info = outer.nested(SEQUENCE)?;
        outer.finish()?;
        if info.integer()? != [0] {
            return Err(CryptoError::InvalidKey);
        }
        let curve = read_algorithm(&mut info)?;
        let mut octets = Reader::new(info.element(OCTET_STRING)?);
        let mut key = octets.nested(SEQUENCE)?;
        octets.finish()?;
        if key.integer()? != [1] {
            return Err(CryptoError::InvalidKey);
        }
        let scalar = key.element(OCTET_STRING)?;
        if let Some(parameters) = key.optional(context(0))? {
            Reader::new(parameters).expect(OBJECT_IDENTIFIER, identifier(curve))?;
        }
        let point = key.optional(context(1))?;
        key.finish()?;
        match point {
            None => Self::parse::<C>(curve, scalar),
            Some(point) => Self::parse_pair::<C>(curve, scalar, Reader::new(point).bit_string()?),
        }
    }

    /// Writes the key, with its public key, as `PrivateKeyInfo` in DER to the front of `output`, the rest of which it
    /// may overwrite with zeros, and gives its length: 138, 185 or 241 bytes for the three curves.
    ///
    /// # Errors
    /// [`CryptoError::TooLong`] when `output` is too short, [`CryptoError::InvalidKey`] when a key that was trusted is
    /// none.
    pub fn write_pkcs8<C: Crypto>(&self, output: &mut [u8]) -> Result<usize, CryptoError> {
        let public = self.public::<C>()?;
        let mut writer = Writer::new(output);
        writer.nested(SEQUENCE, |info| {
            info.nested(OCTET_STRING, |key| {
                key.nested(SEQUENCE, |key| {
                    key.nested(context(1), |point| {
                        point.bit_string(|bits| bits.raw(public.as_bytes()))
                    })?;
                    key.element(OCTET_STRING, self.as_bytes())?;
                    key.integer(&[1])
                })
            })?;
            write_algorithm(info, self.curve())?;
            info.integer(&[0])
        })?;
        Ok(writer.finish())
    }
}

impl EcPublic {
    /// Most bytes that [`Self::write_spki`] writes.
    pub const MAX_SPKI_LEN: usize = 158;

    /// Writes the key as `SubjectPublicKeyInfo` in DER to the front of `output`, and gives its length: 91, 120 or 158
    /// bytes for the three curves.
    ///
    /// # Errors
    /// [`CryptoError::TooLong`] when `output` is too short.
    pub fn write_spki(&self, output: &mut [u8]) -> Result<usize, CryptoError> {
        let mut writer = Writer::new(output);
        writer.nested(SEQUENCE, |info| {
            info.bit_string(|bits| bits.raw(self.as_bytes()))?;
            write_algorithm(info, self.curve())
        })?;
        Ok(writer.finish())
    }
}

fn read_algorithm(reader: &mut Reader<'_>) -> Result<Curve, CryptoError> {
    let mut algorithm = reader.nested(SEQUENCE)?;
    algorithm.expect(OBJECT_IDENTIFIER, &EC_PUBLIC_KEY)?;
    let named = algorithm.element(OBJECT_IDENTIFIER)?;
    algorithm.finish()?;
    let curve = Curve::ALL.into_iter().find(|curve| identifier(*curve) == named);
    curve.ok_or(CryptoError::InvalidKey)
}

fn write_algorithm(writer: &mut Writer<'_>, curve: Curve) -> Result<(), CryptoError> {
    writer.nested(SEQUENCE, |algorithm| {
        algorithm.element(OBJECT_IDENTIFIER, identifier(curve))?;
        algorithm.element(OBJECT_IDENTIFIER, &EC_PUBLIC_KEY)
    })
}

const fn identifier(curve: Curve) -> &'static [u8] {
    match curve {
        Curve::P256 => &SECP256R1,
        Curve::P384 => &SECP384R1,
        Curve::P521 => &SECP521R1,
    }
}
