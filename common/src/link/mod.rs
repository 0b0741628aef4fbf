//! Link layer: frames on a stream of bytes that may lose, alter, repeat or insert some.
//!
//! ```text
//! wire    = { COBS(frame) ‖ 0x00 }
//! frame   = kind (1) ‖ session (4) ‖ sequence (2) ‖ ack (2) ‖ payload (0..) ‖ tag       integers little endian
//! ```
//!
//! COBS (Cheshire and Baker 1999) keeps the delimiter 0x00 out of frames, so a receiver that lost its place finds the
//! next frame by itself. `tag` belongs to the session's [`Channel`](crate::session::Channel): the
//! secure channel's authentication tag, or a CRC-32 in frames that are outside it. What does not check is dropped and
//! ends the session (see [`crate::session`]); nothing is retransmitted at this layer.

pub mod cobs;
mod deframer;
mod frame;

pub use deframer::Deframer;
pub use frame::{FrameKind, HEADER_LEN, Header, LinkError, encode};
