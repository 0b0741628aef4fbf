//! Session layer: who talks to whom, under which keys, and in which order. It sits between frames and commands.
//!
//! The host begins a session with a [`FrameKind::Hello`](crate::link::FrameKind) that carries a fresh random session
//! number; the device forgets every earlier session and answers with a `Welcome`, the host with a `Finish`, the device
//! with an `Ack`, the first frame under the keys of the handshake (see [`noise`]). Each direction counts its frames. A
//! frame that does not check, or a gap in the count, means that something was lost or forged: the device drops all
//! requests in flight, forgets the keys and answers `Reset`, whose `ack` tells the host which frames had been taken, and
//! thereby which requests provably never arrived. The host does the same by beginning a new session. A repeated frame
//! is ignored. A frame of a session that the device does not know, because it has restarted or the session is over, is
//! answered by `NoSession` with that session's number; neither `Reset` nor `NoSession` counts in the order of frames.
//!
//! What somebody on the line can do: see when and how much is said, and stop it. A hello, a `NoSession` or garbage ends
//! the session, at the cost of the requests in flight. A `Reset` is believed only under the session's key: a forged one
//! could otherwise make the host repeat a request that had been carried out. After a `NoSession` the host takes nothing
//! for not arrived. Recorded frames never pass again: a session's keys come from two fresh ephemeral keys.
//!
//! A device that failed a test has no keys: it says so in its `Welcome`, and frames go on with a checksum only. The host
//! asks nothing but `Info` then, and tells no secret.
//!
//! Keys change by `Rekey` frames, which the host sends by count and time; a session whose keys are used up ends.
//!
//! Flow control: a host never has more encoded bytes unacknowledged than the device's [`Welcome::window`]. Every frame
//! of the device acknowledges, and it sends an `Ack` of its own when a quarter of the window would otherwise pass
//! in silence.

mod channel;
mod handshake;
mod line;
pub mod noise;
mod order;

pub use channel::{Channel, MAX_TAG_LEN, Plain};
pub use handshake::{Hello, Welcome};
pub use line::Line;
pub use order::{Order, Verdict};
