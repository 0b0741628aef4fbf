//! The link to the host over USB CDC-ACM.
//!
//! USB runs beside the worker, in an interrupt, and never waits for it: two pipes lie between them. The worker has the
//! [`Link`]; the [`Pump`] moves bytes between the pipes and the endpoints. *What this trusts:* nothing of what comes from
//! the host; what is not taken yet stands in a pipe, and USB itself holds back the rest.

mod line;
mod link;
mod pump;

pub use line::{Line, RECEIVE_LEN};
pub use link::Link;
pub use pump::{Identity, Pump, UsbMemory};
