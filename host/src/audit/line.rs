use super::names;
use crate::hsm::SignedHead;
use casemate_common::audit::{CHALLENGE_LEN, Entry, HEAD_LEN};
use serde::{Deserialize, Serialize};

/// One line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Line {
    /// Where a list of entries begins.
    Chain(ChainLine),
    /// An entry.
    Entry(EntryLine),
    /// A head that the device signed.
    Head(HeadLine),
}

/// Whose log follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainLine {
    /// The device's id.
    #[serde(with = "hex::serde")]
    pub device: [u8; 16],
    /// Sequence number of the entry before the first; 0 when the log is there from its beginning.
    pub after: u64,
    /// The head before the first entry.
    #[serde(with = "hex::serde")]
    pub before: [u8; HEAD_LEN],
}

/// An entry, its numbers as names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryLine {
    sequence: u64,
    starts: u64,
    uptime_ms: u64,
    event: String,
    command: String,
    outcome: String,
    #[serde(with = "hex::serde")]
    subject: [u8; 16],
    uses: u32,
    failures: u32,
    #[serde(with = "hex::serde")]
    host: [u8; 8],
    roles: Vec<String>,
}

/// A signed head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadLine {
    /// Sequence number of the newest entry.
    pub sequence: u64,
    /// The head behind it.
    #[serde(with = "hex::serde")]
    pub head: [u8; HEAD_LEN],
    /// What the device was asked to sign with it.
    #[serde(with = "hex::serde")]
    pub challenge: [u8; CHALLENGE_LEN],
    /// `r ‖ s`.
    #[serde(with = "hex::serde")]
    pub signature: Vec<u8>,
    /// The key that the device says it signs with, uncompressed.
    #[serde(with = "hex::serde")]
    pub key: Vec<u8>,
}

impl From<&Entry> for EntryLine {
    fn from(entry: &Entry) -> Self {
        Self {
            sequence: entry.sequence,
            starts: entry.starts,
            uptime_ms: entry.uptime_ms,
            event: names::event(entry.event).to_owned(),
            command: names::command(entry.command),
            outcome: names::outcome(entry.outcome),
            subject: entry.subject,
            uses: entry.uses,
            failures: entry.failures,
            host: entry.host,
            roles: names::roles(entry.roles),
        }
    }
}

impl EntryLine {
    /// The entry it shows; `None` when a name stands for nothing.
    pub fn entry(&self) -> Option<Entry> {
        Some(Entry {
            sequence: self.sequence,
            starts: self.starts,
            uptime_ms: self.uptime_ms,
            host: self.host,
            subject: self.subject,
            command: names::parse_command(&self.command)?,
            outcome: names::parse_outcome(&self.outcome)?,
            uses: self.uses,
            failures: self.failures,
            roles: names::parse_roles(&self.roles)?,
            event: names::parse_event(&self.event)?,
        })
    }
}

impl HeadLine {
    /// What a device answered to this challenge.
    pub fn new(signed: SignedHead, challenge: [u8; CHALLENGE_LEN]) -> Self {
        Self {
            sequence: signed.sequence,
            head: signed.head,
            challenge,
            signature: signed.signature,
            key: signed.key,
        }
    }
}
