//! Keys as blobs (see [`crate::blob`]): made, brought in, used and wrapped for others.
//!
//! A key travels with each request that uses it, as the blob that the host stores; the device keeps none.

mod attest;
mod decipher;
mod generate;
mod import;
mod job;
mod policy;
mod secret;
mod sign;
mod wrap;

pub use attest::KeyAttest;
pub use decipher::{KeyDecipher, OaepHash};
pub use generate::{Generated, KeyGenerate};
pub use import::{KeyImport, KeyPublic};
pub use job::{JobStatus, KeyJobCancel, KeyJobCancelled, KeyJobStatus};
pub use policy::{
    ExportPolicy, ExportPolicyGet, ExportPolicySet, ExportRules, FINGERPRINT_LEN, MAX_RECIPIENTS,
};
pub use secret::{KeyDecrypt, KeyEncrypt, KeyMac, MAX_ENCRYPTED, MAX_MAC_LABELS};
pub use sign::{Sign, SignInput, SignatureHash, SignatureScheme};
pub use wrap::{KeyUnwrap, KeyWrap, Recipient, WrapScheme};
