//! Attestation: a device's signed statement that a key is its own, and what the key is.
//!
//! With its identity key the device signs, by ECDSA on P-256 with SHA-256,
//!
//! ```text
//! "casemate key attestation v1" ‖ device id (16) ‖ attributes (29) ‖ SHA-256(SubjectPublicKeyInfo) (32) ‖ challenge (32)
//! ```
//!
//! where the attributes are encoded as in a [blob](crate::blob): key id, type, usages, origin, distributable, created at.
//! A secret key has no public key: the hash is that of nothing, and the key is known by its id alone.
//!
//! *What it proves* to whoever trusts the identity key: the device held a blob of this key when it got the challenge, and
//! had authenticated it under a keyring that never leaves the device's [security domain](crate::domain). So this device or,
//! where it shares one, another of its domain has made that blob, and what stands in it is what that device saw itself: whether it generated the key or took it in, what the key may be used for, and
//! whether it may ever leave. *What it does not prove:* `created at`, which is the host's clock.
//!
//! No head of the audit log, the other statement that the identity key signs, is ever as long or begins so.

mod statement;
pub mod vectors;

pub use crate::audit::CHALLENGE_LEN;
pub use statement::Statement;
