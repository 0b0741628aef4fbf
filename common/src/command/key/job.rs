use crate::blob::KeyId;
use crate::command::{Audited, Command, Roles, Spec, States};
use serde::{Deserialize, Serialize};

/// How far is the generation of this key? Once it has ended, every further question has the same answer, until the
/// device begins another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyJobStatus {
    /// The name that [`super::Generated::Job`] gave.
    pub job: KeyId,
}

/// Answer to [`KeyJobStatus`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobStatus {
    /// The device works on it whenever it has nothing else to do.
    Running {
        /// Primes found, of two.
        primes: u8,
        /// Candidates that were tried in all. Half of all searches for a prime of n bits need fewer than n / 8.
        candidates: u32,
    },
    /// The key's blob is the answer's data.
    Ended,
}

/// Gives up the generation of this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyJobCancel {
    /// The name that [`super::Generated::Job`] gave.
    pub job: KeyId,
}

/// Answer to [`KeyJobCancel`]: nothing of the job is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyJobCancelled {
    /// False when there was no such job.
    pub existed: bool,
}

impl Command for KeyJobStatus {
    const SPEC: Spec = Spec {
        code: 0x0302,
        name: "key-job-status",
        idempotent: true,
        roles: Roles::OPERATOR,
        states: States::SERVING,
        pin: false,
        audited: Audited::No,
    };
    type Answer<'a> = JobStatus;
}

impl Command for KeyJobCancel {
    const SPEC: Spec = Spec {
        code: 0x0303,
        name: "key-job-cancel",
        idempotent: true,
        roles: Roles::OPERATOR,
        states: States::SERVING,
        pin: false,
        audited: Audited::No,
    };
    type Answer<'a> = KeyJobCancelled;
}
