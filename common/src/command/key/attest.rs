use crate::attestation::CHALLENGE_LEN;
use crate::blob::Attributes;
use crate::command::{Audited, Command, Roles, Spec, States};
use crate::keyring::KeyringId;
use serde::{Deserialize, Serialize};

/// States, signed, what a key is and where it came into being. The answer's data: the signature over the
/// [statement](crate::attestation), r and s of 32 bytes each, big endian; the key that it is by, an uncompressed point of
/// 65 bytes; the attested key's SubjectPublicKeyInfo, or nothing for secret keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyAttest<'a> {
    /// The keyring that the key was sealed under.
    pub keyring: KeyringId,
    /// The key's blob, whatever its usages.
    pub blob: &'a [u8],
    /// Whatever the verifier has just made up, so that the answer can't be an old one.
    pub challenge: [u8; CHALLENGE_LEN],
}

impl Command for KeyAttest<'_> {
    const SPEC: Spec = Spec {
        code: 0x030f,
        name: "key-attest",
        idempotent: true,
        roles: Roles::OPERATOR,
        states: States::SERVING,
        pin: false,
        audited: Audited::Counted,
    };
    type Answer<'a> = Attributes;
}
