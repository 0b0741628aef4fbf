use super::Key256;
use x25519_dalek::{PublicKey, StaticSecret};

/// X25519 (RFC 7748), for the channel to the host.
pub trait X25519 {
    /// The public key of a private key.
    fn public(private: &Key256) -> [u8; 32];

    /// The shared secret; `None` when it is zero, which only a public key of small order yields.
    fn agree(private: &Key256, public: &[u8; 32]) -> Option<Key256>;
}

/// X25519 in constant-time software.
#[derive(Debug, Clone, Copy)]
pub struct SoftwareX25519;

impl X25519 for SoftwareX25519 {
    fn public(private: &Key256) -> [u8; 32] {
        PublicKey::from(&StaticSecret::from(*private.as_bytes())).to_bytes()
    }

    fn agree(private: &Key256, public: &[u8; 32]) -> Option<Key256> {
        let shared = StaticSecret::from(*private.as_bytes()).diffie_hellman(&PublicKey::from(*public));
        shared.was_contributory().then(|| Key256::new(*shared.as_bytes()))
    }
}
