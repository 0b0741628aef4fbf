use super::Suite;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// 32 secret bytes: never formatted, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret([u8; Self::LEN]);

impl Secret {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// The secret with these bytes.
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// Its bytes, to change them in place.
    pub const fn as_mut_bytes(&mut self) -> &mut [u8; Self::LEN] {
        &mut self.0
    }
}

/// A public key of X25519 (RFC 7748): who somebody is, or one message's ephemeral key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey([u8; Self::LEN]);

impl PublicKey {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// The key with these bytes.
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// Its bytes, as they travel.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl PublicKey {
    /// What people compare: the first half of the key's SHA-256.
    pub fn fingerprint<S: Suite>(&self) -> Fingerprint {
        let [fingerprint @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = S::hash(&[&self.0]);
        Fingerprint(fingerprint)
    }
}

/// A public key, short enough to be compared by people, and too long to be found by trying: 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 16]);

impl core::fmt::Display for Fingerprint {
    /// Eight groups of four hex digits.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (groups, _) = self.0.as_chunks::<2>();
        groups.iter().enumerate().try_for_each(|(index, [high, low])| {
            let separator = if index == 0 { "" } else { "-" };
            write!(f, "{separator}{high:02x}{low:02x}")
        })
    }
}

/// A private key of X25519 with its public key.
#[derive(Clone)]
pub struct KeyPair {
    private: Secret,
    public: PublicKey,
}

impl KeyPair {
    /// The pair of this private key; any 32 bytes are one.
    pub fn new<S: Suite>(private: Secret) -> Self {
        let public = S::public_key(&private);
        Self { private, public }
    }

    /// The public half.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// X25519 with somebody else's key; `None` when the result is zero. For use outside of the channel: what is derived
    /// from it must be bound to a label of its own.
    pub fn agree<S: Suite>(&self, theirs: &PublicKey) -> Option<Secret> {
        S::agree(&self.private, theirs)
    }

    pub(super) const fn private(&self) -> &Secret {
        &self.private
    }
}
