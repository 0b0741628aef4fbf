//! Session layer: who talks to whom, and in which order. It sits between frames and commands and is the seam where
//! the secure channel goes in.
//!
//! The host begins a session with a [`FrameKind::Hello`](crate::link::FrameKind) that carries a fresh random session
//! number; the device forgets every earlier session and answers with a `Welcome`. From then on each direction counts
//! its frames. A frame that does not check, or a gap in the count, means that something was lost: the device drops all
//! requests in flight and answers `Reset`, whose `ack` tells the host which frames had been taken, and thereby which
//! requests provably never arrived. The host does the same by beginning a new session. A repeated frame is ignored.
//! A frame of a session that the device does not know, because it has restarted or the session is over, is answered by
//! `NoSession` with that session's number; neither `Reset` nor `NoSession` counts in the order of frames.
//!
//! Flow control: a host never has more encoded bytes unacknowledged than the device's [`Welcome::window`]. Every frame
//! of the device acknowledges, and it sends an `Ack` of its own when a quarter of the window would otherwise pass
//! in silence.

mod channel;
mod handshake;
pub mod noise;
mod order;

pub use channel::{Channel, MAX_TAG_LEN, Plain};
pub use handshake::{Hello, Welcome};
pub use order::{Order, Verdict};
