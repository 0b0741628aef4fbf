use super::{Broken, ecdsa, rsa};
use crate::crypto::Crypto;
use casemate_common::blob::KeyType;

/// An algorithm whose known answers take a Cortex-M4 a good part of a second: FIPS 140-3 (ISO/IEC 19790, section 7.10.3)
/// wants them before its first use, not before every start is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deferred {
    EcdsaP384,
    EcdsaP521,
    Rsa,
}

impl Deferred {
    pub(crate) const ALL: [Self; 3] = [Self::EcdsaP384, Self::EcdsaP521, Self::Rsa];

    /// What keys of this type need.
    pub(crate) const fn of(kind: KeyType) -> Option<Self> {
        match kind {
            KeyType::Aes256 | KeyType::Hmac | KeyType::P256 => None,
            KeyType::P384 => Some(Self::EcdsaP384),
            KeyType::P521 => Some(Self::EcdsaP521),
            KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096 => Some(Self::Rsa),
        }
    }

    /// Asks it for its known answers.
    #[inline(never)]
    pub(super) fn ask<C: Crypto>(self) -> Result<(), Broken> {
        let (passes, broken) = match self {
            Self::EcdsaP384 => (ecdsa::passes::<C::P384>(&ecdsa::P384), Broken::EcdsaP384),
            Self::EcdsaP521 => (ecdsa::passes::<C::P521>(&ecdsa::P521), Broken::EcdsaP521),
            Self::Rsa => (rsa::passes::<C>(), Broken::Rsa),
        };
        if passes { Ok(()) } else { Err(broken) }
    }
}

/// What has not been asked since the start.
pub(crate) struct Untested([Option<Deferred>; Deferred::ALL.len()]);

impl Untested {
    pub(crate) const ALL: Self = Self([
        Some(Deferred::EcdsaP384),
        Some(Deferred::EcdsaP521),
        Some(Deferred::Rsa),
    ]);
    pub(crate) const NONE: Self = Self([None; Deferred::ALL.len()]);

    /// Asks an algorithm before it is used, unless it was asked before.
    ///
    /// # Errors
    /// It is [`Broken`]: then the device must not go on.
    pub(crate) fn ask<C: Crypto>(&mut self, algorithm: Deferred) -> Result<(), Broken> {
        match self.0.iter_mut().find(|left| **left == Some(algorithm)) {
            Some(left) => {
                algorithm.ask::<C>()?;
                *left = None;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The next one to ask.
    pub(crate) fn next(&self) -> Option<Deferred> {
        self.0.iter().flatten().next().copied()
    }
}
