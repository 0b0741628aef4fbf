use super::Key256;
use x25519_dalek::{PublicKey, StaticSecret};

/// X25519 of RFC 7748 in constant-time software. No board's hardware has it.
pub struct X25519;

impl X25519 {
    /// The public key of a private key.
    pub fn public(private: &Key256) -> [u8; 32] {
        PublicKey::from(&StaticSecret::from(*private.as_bytes())).to_bytes()
    }

    /// The shared secret; `None` when it is zero, which only a public key of small order yields.
    pub fn agree(private: &Key256, public: &[u8; 32]) -> Option<Key256> {
        let shared = StaticSecret::from(*private.as_bytes()).diffie_hellman(&PublicKey::from(*public));
        shared.was_contributory().then(|| Key256::new(*shared.as_bytes()))
    }
}
