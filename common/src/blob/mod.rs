//! Key blob format, version 1: how a private or secret key is kept outside the device.
//!
//! A blob is made and opened by a device under one keyring key; the host stores it and can read what stands in the
//! clear, but alter nothing. XAES-256-GCM (C2SP, `XAES-256-GCM.md`) seals the private part and authenticates the rest:
//!
//! ```text
//! blob    = head ‖ public ‖ sealed ‖ tag (16 bytes)
//! head    = version (1, 0x21) ‖ salt (12) ‖ prefix (7) ‖ key id (16) ‖ type (1) ‖ usages (2) ‖ origin (1)
//!           ‖ distributable (1) ‖ created at (8)                    49 bytes, integers big endian
//!
//! nonce   = salt ‖ prefix ‖ 0x00 0x00 0x00 0x00 ‖ 0x02              XAES-256-GCM's 24 bytes
//! aad     = keyring id (16) ‖ head ‖ public
//! ```
//!
//! `public` and the plaintext of `sealed` have fixed lengths, which follow from the type:
//!
//! | type | number | public | private |
//! | --- | --- | --- | --- |
//! | AES-256 | 1 | nothing | the key (32) |
//! | RSA-2048, -3072, -4096 | 2, 3, 4 | e (4) ‖ n (256, 384, 512) | p ‖ q ‖ 1/e mod p − 1 ‖ 1/e mod q − 1 ‖ 1/q mod p (half of n each; RFC 8017, section 3.2) |
//! | P-256, P-384, P-521 | 5, 6, 7 | uncompressed point of SEC 1, section 2.3.3 (65, 97, 133) | scalar (32, 48, 66) |
//! | HMAC | 8 | nothing | length (1) ‖ the key (16 to 128) ‖ zeros, 129 in all |
//!
//! The nonce of a record's chunk ends in 0x00 or 0x01 (see [`crate::record`]), that of a blob in 0x02: under one keyring
//! no record ever opens as a blob, nor a blob as a record. The keyring's identifier is authenticated too, so a blob moved
//! to a namesake of another device or to another keyring is refused for two reasons.
//!
//! *What this trusts:* that salt and prefix come from a sound generator, as for records.

mod attributes;
mod hmac_key;
mod key_type;
mod layout;
mod usages;
pub mod vectors;

pub use attributes::{Attributes, KeyId, Origin, Template};
pub use hmac_key::HmacKey;
pub use key_type::KeyType;
pub use layout::{HEAD_LEN, Head, KeyBlob, MAX_BLOB_LEN, blob_len};
pub use usages::{Usage, Usages};
