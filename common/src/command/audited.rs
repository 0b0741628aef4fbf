/// What a command leaves in the audit log (see [`crate::audit`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audited {
    /// Nothing: it neither uses nor changes a key, a role, a policy or the PIN.
    No,
    /// An entry when a session uses a key by it for the first time, and how often since then in later entries: for
    /// what is done thousands of times a second.
    Counted,
    /// An entry each time, also when it fails.
    Each,
}
