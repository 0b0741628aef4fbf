//! The secure channel: `Noise_XX_25519_AESGCM_SHA256` (The Noise Protocol Framework, revision 34).
//!
//! ```text
//! Hello    host → device    e
//! Welcome  device → host    e, ee, s, es      payload: what the Welcome's clear part said
//! Finish   host → device    s, se
//! ```
//!
//! One pattern for pairing and for every session: the host compares the device's static key with the one that it
//! pinned before it sends its own identity, which therefore nobody but the device learns; the device looks the host's
//! key up among those enrolled. Frames after the handshake are AES-256-GCM messages whose header is associated data
//! and whose nonce is the count of frames in their direction ([`Secure`]).
//!
//! Cryptography comes from outside, as a [`Suite`]: the device brings its own crates or hardware, the host the same
//! software. *What this trusts:* the suite, and its caller for fresh ephemeral keys.

mod handshake;
mod key;
mod secure;
mod suite;
mod symmetric;
#[cfg(test)]
mod tests;
mod writer;

pub use handshake::{Answered, Greeted, HandshakeError, Initiator, Keys, Waiting, prologue};
pub use key::{Fingerprint, KeyPair, PublicKey, Secret};
pub use secure::{MAX_FRAMES_PER_KEY, Secure};
pub use suite::{Cipher, CipherError, Suite};

/// Bytes of a handshake's first message without payload: `e`.
pub const HELLO_LEN: usize = PublicKey::LEN;

/// Bytes of its second message beside the payload: `e`, `s` with its tag, and the payload's tag.
pub const WELCOME_LEN: usize = 2 * PublicKey::LEN + 2 * crate::record::TAG_LEN;

/// Bytes of its third message without payload: `s` with its tag, and the payload's tag.
pub const FINISH_LEN: usize = PublicKey::LEN + 2 * crate::record::TAG_LEN;
