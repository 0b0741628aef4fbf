use crate::error::ErrorCode;
use serde::{Deserialize, Serialize};

/// One thing that a key may be used for. The number is its bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Usage {
    /// Make signatures.
    Sign = 0x0001,
    /// Check signatures: a statement about the public key, which the host uses without the device.
    Verify = 0x0002,
    /// Encrypt data with AES-256-GCM, or with the public key.
    Encrypt = 0x0004,
    /// Decrypt data with AES-256-GCM or RSA-OAEP.
    Decrypt = 0x0008,
    /// Wrap other keys.
    Wrap = 0x0010,
    /// Unwrap other keys.
    Unwrap = 0x0020,
    /// Make HMACs, and with them derive values.
    Mac = 0x0040,
}

impl Usage {
    /// Every usage with its name, in the order of the bits.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Sign, "sign"),
        (Self::Verify, "verify"),
        (Self::Encrypt, "encrypt"),
        (Self::Decrypt, "decrypt"),
        (Self::Wrap, "wrap"),
        (Self::Unwrap, "unwrap"),
        (Self::Mac, "mac"),
    ];
}

/// A set of [`Usage`]s. Two bytes, bits as numbered there; all others are zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Usages(u16);

impl Usages {
    /// None at all: for keys that are only kept, or only leave.
    pub const NONE: Self = Self(0);
    /// What asymmetric keys that only sign can do.
    pub const OF_SIGNERS: Self = Self::of(&[Usage::Sign, Usage::Verify]);
    /// What RSA keys can do.
    pub const OF_RSA: Self = Self::of(&[
        Usage::Sign,
        Usage::Verify,
        Usage::Encrypt,
        Usage::Decrypt,
        Usage::Wrap,
        Usage::Unwrap,
    ]);
    /// What secret keys can do.
    pub const OF_SECRETS: Self = Self::of(&[
        Usage::Encrypt,
        Usage::Decrypt,
        Usage::Wrap,
        Usage::Unwrap,
        Usage::Mac,
    ]);
    /// What keys for authentication codes can do.
    pub const OF_CODERS: Self = Self::of(&[Usage::Mac]);

    const FOR_DATA: Self = Self::of(&[Usage::Encrypt, Usage::Decrypt]);
    const FOR_KEYS: Self = Self::of(&[Usage::Wrap, Usage::Unwrap]);
    const KNOWN: u16 = 0x007f;

    /// The set of these.
    pub const fn of(usages: &[Usage]) -> Self {
        let mut bits = 0;
        let mut rest = usages;
        while let [first, others @ ..] = rest {
            bits |= *first as u16;
            rest = others;
        }
        Self(bits)
    }

    /// The set with these bits; `None` when there is an unknown one among them.
    pub const fn from_bits(bits: u16) -> Option<Self> {
        if bits & !Self::KNOWN == 0 {
            Some(Self(bits))
        } else {
            None
        }
    }

    /// Its bits.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Whether this usage is in the set.
    pub const fn allows(self, usage: Usage) -> bool {
        self.0 & usage as u16 != 0
    }

    /// The names of its members.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Usage::ALL
            .into_iter()
            .filter(move |(usage, _)| self.allows(*usage))
            .map(|(_, name)| name)
    }

    /// Whether `other` has all of these.
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether one key may have all of these: keys that handle other keys do not handle data, or a wrapped key
    /// could be had in the clear by "decrypting" it, and a key for authentication codes does nothing else
    /// (NIST SP 800-57 Part 1, section 5.2: one key, one purpose).
    pub const fn fit_together(self) -> bool {
        let groups = [
            self.touches(Self::FOR_DATA),
            self.touches(Self::FOR_KEYS),
            self.touches(Self::OF_CODERS),
        ];
        !matches!(groups, [true, true, _] | [true, _, true] | [_, true, true])
    }

    const fn touches(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl From<Usages> for u16 {
    fn from(usages: Usages) -> Self {
        usages.0
    }
}

impl TryFrom<u16> for Usages {
    type Error = ErrorCode;

    fn try_from(bits: u16) -> Result<Self, ErrorCode> {
        Self::from_bits(bits).ok_or(ErrorCode::UsagesInvalid)
    }
}

impl core::fmt::Debug for Usages {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn unknown_bits_are_refused() {
        for bit in 0..16 {
            let bits = 1_u16 << bit;
            let known = Usage::ALL.iter().any(|(usage, _)| *usage as u16 == bits);
            assert_eq!(Usages::from_bits(bits).is_some(), known, "{bits:#06x}");
        }
    }

    #[test]
    fn keys_for_keys_and_keys_for_data_are_apart() {
        for (usages, fit) in [
            (&[Usage::Encrypt, Usage::Decrypt][..], true),
            (&[Usage::Wrap, Usage::Unwrap], true),
            (&[Usage::Sign, Usage::Verify, Usage::Decrypt], true),
            (&[], true),
            (&[Usage::Decrypt, Usage::Wrap], false),
            (&[Usage::Encrypt, Usage::Unwrap], false),
            (&[Usage::Mac, Usage::Encrypt], false),
            (&[Usage::Mac, Usage::Wrap], false),
        ] {
            assert_eq!(Usages::of(usages).fit_together(), fit, "{usages:?}");
        }
    }

    #[test]
    fn names_follow_the_bits() {
        let usages = Usages::of(&[Usage::Mac, Usage::Sign]);
        assert_eq!(usages.names().collect::<Vec<_>>(), ["sign", "mac"]);
        assert_eq!(usages.bits(), 0x0041);
    }
}
