use super::OaepHash;
use crate::blob::Template;
use crate::command::{Audited, Command, Roles, Spec, States};
use crate::keyring::KeyringId;
use serde::{Deserialize, Serialize};

/// Wraps a key for a recipient. The answer's data: the wrapped key.
///
/// What is wrapped: the 32 bytes of a secret key, or the PKCS#8 DER of an asymmetric one. The key must be distributable,
/// and the export policy must allow the recipient. A recipient that is a key of this device counts as approved when it
/// was generated here and is not distributable itself: nobody else can unwrap then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyWrap<'a> {
    /// The keyring that the key, and a recipient that is a blob, were sealed under.
    pub keyring: KeyringId,
    /// The blob of the key to wrap.
    pub blob: &'a [u8],
    /// For whom.
    pub recipient: Recipient<'a>,
}

/// Who shall be able to unwrap a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recipient<'a> {
    /// Who has this AES key, given as its blob with usage `wrap`: AES-KWP (RFC 5649).
    Kwp {
        /// The wrapping key's blob.
        key: &'a [u8],
    },
    /// Who has the private key to this RSA key of 2048 to 4096 bits: RSA-OAEP directly, for keys short enough.
    Oaep {
        /// The hash of the padding.
        hash: OaepHash,
        /// SubjectPublicKeyInfo in DER.
        public: &'a [u8],
    },
    /// The same with a fresh AES-256 key between, for keys of any length: `RSA-OAEP(key) ‖ AES-KWP(wrapped)`, which is
    /// CKM_RSA_AES_KEY_WRAP of PKCS#11.
    RsaAes {
        /// The hash of the padding.
        hash: OaepHash,
        /// SubjectPublicKeyInfo in DER.
        public: &'a [u8],
    },
}

/// How a key comes wrapped; as in [`Recipient`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WrapScheme {
    /// AES-KWP.
    Kwp,
    /// RSA-OAEP directly.
    Oaep(OaepHash),
    /// RSA-OAEP and AES-KWP.
    RsaAes(OaepHash),
}

/// Unwraps the request's data inside the device and makes a blob of the key. The answer's data: its blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUnwrap<'a> {
    /// The keyring that the transport key was sealed under, and the new blob will be.
    pub keyring: KeyringId,
    /// What kind of key, and for what.
    pub template: Template,
    /// The blob of the key to unwrap with, with usage `unwrap`.
    pub transport: &'a [u8],
    /// How it was wrapped.
    pub scheme: WrapScheme,
}

impl Command for KeyWrap<'_> {
    const SPEC: Spec = Spec {
        code: 0x030b,
        name: "key-wrap",
        // Each one counts as an export: what may have been one is not silently made two.
        idempotent: false,
        roles: Roles::OPERATOR,
        states: States::SERVING,
        pin: false,
        audited: Audited::Each,
    };
    type Answer<'a> = ();
}

impl Command for KeyUnwrap<'_> {
    const SPEC: Spec = Spec {
        code: 0x030c,
        name: "key-unwrap",
        idempotent: true,
        roles: Roles::OPERATOR,
        states: States::SERVING,
        pin: false,
        audited: Audited::Each,
    };
    type Answer<'a> = ();
}
