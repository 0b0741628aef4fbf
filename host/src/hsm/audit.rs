use super::HsmError;
use async_trait::async_trait;
use casemate_common::audit::{CHALLENGE_LEN, Entry, HEAD_LEN};

/// The log that a backend keeps of what it does.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// The entries behind the one with this sequence number: the next ones, or none when there are no more.
    async fn audit_page(&self, after: u64) -> Result<AuditPage, HsmError> {
        let _ = after;
        Err(HsmError::unsupported("audit_page"))
    }

    /// Allows the entries up to this one to be forgotten.
    async fn acknowledge_audit(&self, through: u64) -> Result<(), HsmError> {
        let _ = through;
        Err(HsmError::unsupported("acknowledge_audit"))
    }

    /// Waits until a request finds no room in the log. Who calls this makes room then: from the first call on requests
    /// wait for that instead of failing.
    async fn audit_is_full(&self) {
        std::future::pending().await
    }

    /// The newest head, signed over this challenge.
    async fn audit_head(&self, challenge: [u8; CHALLENGE_LEN]) -> Result<SignedHead, HsmError> {
        let _ = challenge;
        Err(HsmError::unsupported("audit_head"))
    }
}

/// Entries that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The head before the first of them.
    pub before: [u8; HEAD_LEN],
    /// The entries.
    pub entries: Vec<Entry>,
    /// Up to where they have been acknowledged.
    pub drained: u64,
}

/// A head, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// Sequence number of the newest entry.
    pub sequence: u64,
    /// The head behind it.
    pub head: [u8; HEAD_LEN],
    /// `r ‖ s`.
    pub signature: Vec<u8>,
    /// The key that the device signs with, uncompressed.
    pub key: Vec<u8>,
}
