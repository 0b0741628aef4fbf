use crate::blob::{Attributes, Template};
use crate::command::{Audited, Command, Roles, Spec, States};
use crate::keyring::KeyringId;
use serde::{Deserialize, Serialize};

/// Makes a blob of a key that comes in the clear, inside the session. The request's data: 32 bytes of an AES key,
/// 16 to 128 of a key for HMAC, or the PKCS#8 DER (RFC 5958) of an asymmetric one. The answer's data: its blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyImport {
    /// The keyring to seal its blob under.
    pub keyring: KeyringId,
    /// What kind of key, and for what.
    pub template: Template,
}

/// Checks a blob, and answers what it says and, as data, its public key: SubjectPublicKeyInfo in DER (RFC 5280, section
/// 4.1), or nothing for secret keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPublic<'a> {
    /// The keyring it was sealed under.
    pub keyring: KeyringId,
    /// The blob.
    pub blob: &'a [u8],
}

impl Command for KeyImport {
    const SPEC: Spec = Spec {
        code: 0x0304,
        name: "key-import",
        idempotent: true,
        roles: Roles::OPERATOR,
        states: States::SERVING,
        pin: false,
        audited: Audited::Each,
    };
    type Answer<'a> = ();
}

impl Command for KeyPublic<'_> {
    const SPEC: Spec = Spec {
        code: 0x0305,
        name: "key-public",
        idempotent: true,
        roles: Roles::OPERATOR,
        states: States::SERVING,
        pin: false,
        audited: Audited::No,
    };
    type Answer<'a> = Attributes;
}
