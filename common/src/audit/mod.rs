//! The audit log: what a device says it did, in a chain that nobody can alter unseen.
//!
//! Every entry has a sequence number, and the *head* of the chain changes with each:
//!
//! ```text
//! head(0) = SHA-256("casemate audit genesis v1" ‖ device id)          head(n) = SHA-256(head(n - 1) ‖ entry(n))
//! ```
//!
//! The device signs the newest head, with its identity key and over a challenge of whoever asks: ECDSA P-256 with
//! SHA-256 over
//!
//! ```text
//! "casemate audit head v1" ‖ device id (16) ‖ sequence (8, little endian) ‖ head (32) ‖ challenge (32)
//! ```
//!
//! So a list of entries that leads from the genesis, or from a head known before, to a signed head is what the device
//! did: none of it can be left out, added, changed or exchanged by whoever kept the list.
//!
//! *What is in it.* Every command whose [`Spec::audited`](crate::command::Spec::audited) says `Each` is there once, with
//! its outcome. A key's use by a command that is `Counted` is there when a session uses the key by it for the first
//! time, before the first result leaves the device; how often it was used since, in an entry of its own: before any
//! head is signed and any entries are pulled, at the session's end, and otherwise no later than with the first use a
//! minute or 65,536 uses after.
//!
//! *What a power cut costs:* the entry that was being written, whose command was not answered, and the uses not yet
//! written as above: that a key was in use is known then, how often is not. The chain goes on unbroken, so a cut never
//! looks like tampering.
//!
//! *What happens when nobody takes the entries:* before the log would have to forget one that no host has acknowledged,
//! the device refuses every command that it would have to put there
//! ([`ErrorCode::AuditFull`](crate::error::ErrorCode::AuditFull)).

mod entry;
mod head;

pub use entry::{ENTRY_LEN, Entry, Event, Subject};
pub use head::{CHALLENGE_LEN, GENESIS_LABEL, HEAD_LEN, HEAD_MESSAGE_LEN, head_message};
