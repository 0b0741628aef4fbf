use crate::x509::KeyKind;
use casemate_common::blob::KeyType;
use serde::{Deserialize, Serialize};

/// A family of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyAlgorithm {
    /// RSA.
    Rsa,
    /// ECDSA on a curve of NIST's.
    Ec,
}

/// A kind of key that the device makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySpec {
    /// Which family.
    pub key_type: KeyAlgorithm,
    /// Bits of the modulus or of the curve.
    pub key_bits: u16,
}

impl KeySpec {
    /// The kind that a user names: RSA where nothing is said, with 2048 bits, curves with 256.
    ///
    /// # Errors
    /// A sentence that says what there is.
    pub fn parse(family: Option<&str>, bits: Option<u64>) -> Result<Self, String> {
        let (key_type, usual) = match family.unwrap_or("rsa") {
            "rsa" => (KeyAlgorithm::Rsa, 2048),
            "ec" => (KeyAlgorithm::Ec, 256),
            _ => return Err("key_type must be rsa or ec".into()),
        };
        let bits = bits.filter(|&bits| bits != 0).unwrap_or(usual);
        let key_bits = u16::try_from(bits).unwrap_or_default();
        let spec = Self { key_type, key_bits };
        match spec.known() {
            Some(_) => Ok(spec),
            None => Err(format!(
                "key_bits must be 2048, 3072 or 4096 for rsa, and 256, 384 or 521 for ec; the device makes no keys of {bits}"
            )),
        }
    }

    fn known(self) -> Option<KeyType> {
        Some(match (self.key_type, self.key_bits) {
            (KeyAlgorithm::Rsa, 2048) => KeyType::Rsa2048,
            (KeyAlgorithm::Rsa, 3072) => KeyType::Rsa3072,
            (KeyAlgorithm::Rsa, 4096) => KeyType::Rsa4096,
            (KeyAlgorithm::Ec, 256) => KeyType::P256,
            (KeyAlgorithm::Ec, 384) => KeyType::P384,
            (KeyAlgorithm::Ec, 521) => KeyType::P521,
            _ => return None,
        })
    }

    /// What the device calls it.
    pub(in crate::engine) fn key_type(self) -> KeyType {
        self.known().unwrap_or(KeyType::P256)
    }

    /// Whether a key that somebody else made is of this kind.
    pub(super) fn fits(self, kind: KeyKind) -> bool {
        match kind {
            KeyKind::Rsa(bits) => self.key_type == KeyAlgorithm::Rsa && bits == self.key_bits,
            KeyKind::Ec(bits) => self.key_type == KeyAlgorithm::Ec && bits == self.key_bits,
        }
    }

    /// As IBM writes it: `RSA2048`, `EC256`.
    pub fn label(self) -> String {
        let family = match self.key_type {
            KeyAlgorithm::Rsa => "RSA",
            KeyAlgorithm::Ec => "EC",
        };
        format!("{family}{}", self.key_bits)
    }
}
