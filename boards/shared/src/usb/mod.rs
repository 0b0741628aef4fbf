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

/// The vendor of pid.codes, whose test range these products are in: for development, never for a product that is sold.
pub const VENDOR: u16 = 0x1209;
/// A device that serves.
pub const PRODUCT: u16 = 0x0001;
/// A board that waits to be provisioned.
pub const PROVISIONING_PRODUCT: u16 = 0x0002;
