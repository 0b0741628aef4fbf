use std::fmt::Display;

use crate::hsm::HsmError;
use crate::store::StoreError;

/// Why something about tokens or policies did not work. No text holds a token.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// What the store holds can't be understood.
    #[error("damaged data in the store: {0}")]
    Damaged(String),
    /// The task that carried out a change ended early: the daemon is stopping.
    #[error("the daemon is stopping")]
    Stopped,
    /// No such token, expired, revoked, used up, or not allowed: callers are not told which.
    #[error("permission denied")]
    Denied,
    /// The device could not give random bytes.
    #[error("device: {0}")]
    Hsm(#[from] HsmError),
    /// The caller's fault; the sentence says what and how to mend it.
    #[error("{0}")]
    Invalid(String),
    /// The new root token could not be kept.
    #[error("the root token could not be written: {0}")]
    Keep(std::io::Error),
    /// The device gave fewer random bytes than asked for.
    #[error("device: too few random bytes")]
    Random,
    /// The store could not read or write.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AuthError {
    pub(in crate::auth) fn invalid(why: impl Display) -> Self {
        Self::Invalid(why.to_string())
    }
}
