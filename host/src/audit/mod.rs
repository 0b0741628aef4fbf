//! The device's audit log on the host: taken from the device, kept in a file, verified without the device.
//!
//! A file has one JSON object a line:
//!
//! ```text
//! {"chain": {"device": "<hex>", "after": 0, "before": "<hex>"}}     the first line: whose log, and the head it begins with
//! {"entry": {"sequence": 1, "event": "command", …}}                 each entry, in their order
//! {"head": {"sequence": 1, "head": "<hex>", "challenge": …}}        heads that the device has signed, where they belong
//! ```
//!
//! A line holds every field of an entry, so that its bytes, and thereby the chain, follow from what a reader sees. What
//! [`casemate_common::audit`] promises holds from the chain's beginning up to the last signed head.

mod chain;
mod drain;
mod journal;
mod line;
mod names;
#[cfg(test)]
mod tests;
mod verify;

pub use drain::{DrainError, Drained, drain, drain_and_sign};
pub use journal::{Journal, JournalError};
pub use line::{ChainLine, EntryLine, HeadLine, Line};
pub use verify::{Fault, Report, Verifier, verify};
