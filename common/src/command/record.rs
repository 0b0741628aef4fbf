use super::{Audited, Command, Roles, Spec, States};
use crate::keyring::KeyringId;
use serde::{Deserialize, Serialize};

/// Seals the request's data into a record (see [`crate::record`]).
///
/// Data: exactly one plaintext chunk in each message, [`crate::record::CHUNK_LEN`] bytes in all but the last; the
/// first chunk follows the encoded command. Answer data: the record's header and first chunk in the first message, one
/// sealed chunk in each further one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal<'a> {
    /// The keyring to seal under.
    pub keyring: KeyringId,
    /// What the record is bound to; at most [`crate::limits::MAX_CONTEXT`] bytes, opaque to the device.
    pub context: &'a [u8],
}

/// Opens a record. Data of request and answer as in [`Seal`], the other way round: the record's header and first
/// sealed chunk follow the encoded command. Every answered chunk has been verified, but only an answer that ends
/// without an error is the whole plaintext.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open<'a> {
    /// The keyring it was sealed under.
    pub keyring: KeyringId,
    /// What it was bound to.
    pub context: &'a [u8],
}

impl Command for Seal<'_> {
    const SPEC: Spec = Spec {
        code: 0x0201,
        name: "seal",
        idempotent: true,
        roles: Roles::OPERATOR,
        states: States::SERVING,
        pin: false,
        audited: Audited::Counted,
    };
    type Answer<'a> = ();
}

impl Command for Open<'_> {
    const SPEC: Spec = Spec {
        code: 0x0202,
        name: "open",
        idempotent: true,
        roles: Roles::OPERATOR,
        states: States::SERVING,
        pin: false,
        audited: Audited::Counted,
    };
    type Answer<'a> = ();
}
