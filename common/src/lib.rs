//! What device and host have to agree on, and nothing else: the link, the session, the commands, the errors, and
//! the formats of records, key blobs and signed images. No allocator, no I/O, no cryptography.
//!
//! Bytes travel through four layers, each knowing only the one below:
//!
//! | layer | module | what it adds |
//! | --- | --- | --- |
//! | command | [`command`] | typed request and answer pairs with fixed codes |
//! | exchange | [`exchange`] | many requests in flight, bodies longer than a frame, cancellation |
//! | session | [`session`] | who talks to whom, in which order; the seam of the secure channel |
//! | link | [`link`] | frames on a byte stream: COBS, header, checksum, resynchronisation |
//!
//! Everything a peer sends is hostile input here: parsers return errors, never panic, and nothing is sized by what a
//! peer claims.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

#[cfg(test)]
extern crate std;

pub mod attestation;
pub mod audit;
pub mod blob;
pub mod command;
pub mod domain;
pub mod error;
pub mod exchange;
pub mod fault;
pub mod image;
pub mod keyring;
pub mod limits;
pub mod link;
pub mod record;
pub mod session;
pub mod usb;
