use crate::blob::{KeyId, Template};
use crate::command::{Audited, Command, Roles, Spec, States};
use crate::keyring::KeyringId;
use serde::{Deserialize, Serialize};

/// Makes a key; one for HMAC has 32 bytes, as long as the hash (RFC 2104, section 3). Searching the primes of an RSA key takes long: the device may do it beside other commands and answer
/// with the name of a job instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyGenerate {
    /// The keyring to seal its blob under.
    pub keyring: KeyringId,
    /// What kind of key, and for what.
    pub template: Template,
}

/// Answer to [`KeyGenerate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Generated {
    /// The key's blob is the answer's data.
    Blob,
    /// The device works on it, under the identifier that the key will have: ask [`super::KeyJobStatus`] until it has
    /// ended.
    Job(KeyId),
}

impl Command for KeyGenerate {
    const SPEC: Spec = Spec {
        code: 0x0301,
        name: "key-generate",
        // Repeated, it makes another key; of the first nobody has the blob.
        idempotent: true,
        roles: Roles::OPERATOR,
        states: States::SERVING,
        pin: false,
        audited: Audited::Each,
    };
    type Answer<'a> = Generated;
}
