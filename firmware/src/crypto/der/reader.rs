use super::{BIT_STRING, INTEGER};
use crate::crypto::CryptoError;

/// Takes elements off the front of an encoding. Refuses whatever DER would have written in another way.
pub(in super::super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(in super::super) const fn new(der: &'a [u8]) -> Self {
        Self(der)
    }

    /// The content of the next element, which must have this tag.
    pub(in super::super) fn element(&mut self, tag: u8) -> Result<&'a [u8], CryptoError> {
        self.optional(tag)?.ok_or(CryptoError::InvalidKey)
    }

    /// The content of the next element if it has this tag; otherwise takes nothing.
    pub(in super::super) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, CryptoError> {
        match self.0.split_first() {
            Some((found, rest)) if *found == tag => {
                let (len, rest) = length(rest).ok_or(CryptoError::InvalidKey)?;
                let (content, rest) = rest.split_at_checked(len).ok_or(CryptoError::InvalidKey)?;
                self.0 = rest;
                Ok(Some(content))
            }
            _ => Ok(None),
        }
    }

    /// The elements inside the next one, which must have this tag.
    pub(in super::super) fn nested(&mut self, tag: u8) -> Result<Self, CryptoError> {
        self.element(tag).map(Self)
    }

    /// The bytes of a non-negative integer, without the zero that only keeps it from being negative.
    pub(in super::super) fn integer(&mut self) -> Result<&'a [u8], CryptoError> {
        match self.element(INTEGER)? {
            [0, rest @ ..] if rest.first().is_some_and(|byte| *byte >= 0x80) => Ok(rest),
            zero @ [0] => Ok(zero),
            [0, ..] | [] | [0x80..=0xFF, ..] => Err(CryptoError::InvalidKey),
            bytes => Ok(bytes),
        }
    }

    /// The bytes of a bit string of whole bytes.
    pub(in super::super) fn bit_string(&mut self) -> Result<&'a [u8], CryptoError> {
        match self.element(BIT_STRING)? {
            [0, bytes @ ..] => Ok(bytes),
            _ => Err(CryptoError::InvalidKey),
        }
    }

    /// Takes an element that must be exactly this.
    pub(in super::super) fn expect(&mut self, tag: u8, content: &[u8]) -> Result<(), CryptoError> {
        if self.element(tag)? == content {
            Ok(())
        } else {
            Err(CryptoError::InvalidKey)
        }
    }

    /// Makes sure that nothing is left.
    pub(in super::super) fn finish(self) -> Result<(), CryptoError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(CryptoError::InvalidKey)
        }
    }
}

/// A length in its shortest form, up to 65535, and what follows.
fn length(der: &[u8]) -> Option<(usize, &[u8])> {
    match der {
        [short @ 0..=0x7F, rest @ ..] => Some((usize::from(*short), rest)),
        [0x81, long @ 0x80..=0xFF, rest @ ..] => Some((usize::from(*long), rest)),
        [0x82, high @ 1..=0xFF, low, rest @ ..] => {
            Some((usize::from(u16::from_be_bytes([*high, *low])), rest))
        }
        _ => None,
    }
}
