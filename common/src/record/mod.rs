//! Record format, version 1: how a sealed payload is laid out.
//!
//! A record is made and opened by a device under one keyring key. It is XAES-256-GCM's key derivation
//! (C2SP, `XAES-256-GCM.md`) followed by the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015, as
//! "STREAM-BE32") over chunks of 4096 bytes, so that a board with little memory handles any size.
//!
//! ```text
//! record = header ‖ chunk[0] ‖ … ‖ chunk[n-1]          n ≥ 1
//! header = version (1 byte, 0x01) ‖ salt (12 bytes) ‖ prefix (7 bytes), salt and prefix random
//! chunk  = AES-256-GCM(Kx, nonce, aad, plaintext chunk) ‖ tag (16 bytes)
//!
//! Kx     = the 256-bit key that XAES-256-GCM derives from the keyring key and the first 12 bytes of its nonce: salt
//! nonce  = prefix ‖ chunk index (4 bytes, big endian) ‖ last (1 byte: 1 in the last chunk, else 0)
//! aad    = header ‖ context in chunk 0, empty in all others
//! ```
//!
//! Every chunk but the last holds exactly [`CHUNK_LEN`] bytes of plaintext; the last holds 1 to [`CHUNK_LEN`], or none
//! when the whole plaintext is empty. Truncation is detected by `last`, reordering by the index, mixing two records
//! by the derived key, and a record put in another place by the context.
//!
//! *What this trusts:* that salt and prefix come from a sound generator. With random 19 bytes, 2^32 records under
//! one keyring keep the chance of a repeated (Kx, prefix) below 2^-87.

mod header;
mod layout;
pub mod vectors;

pub use header::{Header, Version};
pub use layout::{CHUNK_LEN, ChunkNonce, HEADER_LEN, MAX_CHUNKS, NONCE_LEN, SEALED_CHUNK_LEN, TAG_LEN};
pub use layout::{plaintext_len, sealed_len};
