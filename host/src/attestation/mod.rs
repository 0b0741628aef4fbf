//! What a device says of its keys, kept in a file and checked without the device.
//!
//! [`casemate_common::attestation`] says what is signed and what it proves. A file is one JSON object; whatever a reader
//! is shown of a key comes out of the signed statement itself:
//!
//! ```text
//! {"statement": "<hex>", "public_key": "<hex>", "signature": "<hex>", "signing_key": "<hex>"}
//! ```
//!
//! *What this trusts:* the identity key that the verifier names, never the one that the file names.

mod document;
mod signature;
#[cfg(test)]
mod tests;
mod verify;

pub use document::Document;
pub use signature::is_signed;
pub use verify::{Fault, Verified, Verifier, verify};
