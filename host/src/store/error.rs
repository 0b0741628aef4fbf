/// Why the store could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A precondition did not hold; nothing was changed. Decide again on fresh data.
    #[error("the data changed meanwhile")]
    Conflict,
    /// Another process has the store open.
    #[error("{path} is in use by another casemate daemon; stop it, or choose another directory with --data")]
    InUse {
        /// The store's file.
        path: String,
    },
    /// Disk full, I/O error, damaged file.
    #[error("store: {0}")]
    Failed(String),
}
