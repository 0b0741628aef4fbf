use crate::command::{Audited, Command, Roles, Spec, States};
use crate::keyring::KeyringId;
use serde::{Deserialize, Serialize};

/// Decrypts the request's data with RSA-OAEP (RFC 8017, section 7.1; MGF1 with the same hash, no label). The answer's
/// data: the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDecipher<'a> {
    /// The keyring that the key was sealed under.
    pub keyring: KeyringId,
    /// The blob of an RSA key, with usage `decrypt`.
    pub blob: &'a [u8],
    /// The hash of the padding.
    pub hash: OaepHash,
}

/// The hash of an OAEP padding and of its mask (RFC 8017, section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OaepHash {
    /// SHA-1: where a cloud demands it; its collisions do no harm here.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Command for KeyDecipher<'_> {
    const SPEC: Spec = Spec {
        code: 0x0307,
        name: "key-decipher",
        idempotent: true,
        roles: Roles::OPERATOR,
        states: States::SERVING,
        pin: false,
        audited: Audited::Counted,
    };
    type Answer<'a> = ();
}
