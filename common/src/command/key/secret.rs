use crate::command::{Audited, Command, Roles, Spec, States};
use crate::keyring::KeyringId;
use crate::record::CHUNK_LEN;
use heapless::Vec;
use serde::{Deserialize, Serialize};

/// Most bytes of plaintext in a [`KeyEncrypt`]: larger data are encrypted with a data key, as nothing unverified may
/// leave the device and it holds no more than this.
pub const MAX_ENCRYPTED: usize = CHUNK_LEN;

/// Encrypts the request's data (at most [`MAX_ENCRYPTED`] bytes) with AES-256-GCM (SP 800-38D). The answer's data: a
/// random nonce (12 bytes), the ciphertext, the tag (16).
///
/// Nonces are random: one key must encrypt at most 2^32 times (SP 800-38D, section 8.3), which its owner has to see to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyEncrypt<'a> {
    /// The keyring that the key was sealed under.
    pub keyring: KeyringId,
    /// The key's blob, with usage `encrypt`.
    pub blob: &'a [u8],
    /// What to authenticate beside; at most [`crate::limits::MAX_CONTEXT`] bytes.
    pub associated: &'a [u8],
}

/// Decrypts what [`KeyEncrypt`] answered. The answer's data: the plaintext.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDecrypt<'a> {
    /// The keyring that the key was sealed under.
    pub keyring: KeyringId,
    /// The key's blob, with usage `decrypt`.
    pub blob: &'a [u8],
    /// What was authenticated beside.
    pub associated: &'a [u8],
}

/// Most labels in a [`KeyMac`].
pub const MAX_MAC_LABELS: usize = 4;

/// Makes an HMAC-SHA-256 (FIPS 198-1) over the request's data, which may be of any length and in any number of
/// messages. The last one is answered with it: 32 bytes.
///
/// The key in use is the blob's, or where there are labels, the code that the blob's key makes over the first, the code
/// that this makes over the second, and so on: what signatures of AWS need (Signature Version 4, "Calculate the
/// signature"), whose keys of a day would else be on the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyMac<'a> {
    /// The keyring that the key was sealed under.
    pub keyring: KeyringId,
    /// The key's blob, with usage `mac`.
    pub blob: &'a [u8],
    /// What the key in use is made from.
    #[serde(borrow)]
    pub labels: Vec<&'a [u8], MAX_MAC_LABELS>,
}

impl Command for KeyEncrypt<'_> {
    const SPEC: Spec = Spec {
        code: 0x0308,
        name: "key-encrypt",
        idempotent: true,
        roles: Roles::OPERATOR,
        states: States::SERVING,
        pin: false,
        audited: Audited::Counted,
    };
    type Answer<'a> = ();
}

impl Command for KeyDecrypt<'_> {
    const SPEC: Spec = Spec {
        code: 0x0309,
        name: "key-decrypt",
        idempotent: true,
        roles: Roles::OPERATOR,
        states: States::SERVING,
        pin: false,
        audited: Audited::Counted,
    };
    type Answer<'a> = ();
}

impl Command for KeyMac<'_> {
    const SPEC: Spec = Spec {
        code: 0x030a,
        name: "key-mac",
        idempotent: true,
        roles: Roles::OPERATOR,
        states: States::SERVING,
        pin: false,
        audited: Audited::Counted,
    };
    type Answer<'a> = ();
}
