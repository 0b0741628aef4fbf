use super::{Blob, Material, seal};
use crate::crypto::rsa::{RsaGeneration, RsaSize};
use crate::device::Vault;
use crate::platform::Platform;
use casemate_common::blob::{Attributes, KeyId};
use casemate_common::command::JobStatus;
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;

/// A job that nobody has asked about for so long is abandoned: the next one takes its place.
const ABANDONED_MS: u64 = 10_000;

/// The one key generation that takes long: worked on in slices whenever no input waits, kept when it has ended until
/// the next one. It outlives sessions, so that a host that was cut off finds it again.
pub(crate) struct Job {
    stage: Stage,
    asked_at_ms: u64,
}

#[expect(
    clippy::large_enum_variant,
    reason = "there is no heap to move the larger one to"
)]
// What is not there is all zeros: see `DeviceMemory`.
#[repr(u8)]
enum Stage {
    None,
    Running {
        keyring: KeyringId,
        attributes: Attributes,
        generation: RsaGeneration,
    },
    Ended {
        id: KeyId,
        result: Result<Blob, ErrorCode>,
        /// Whether the host has been told.
        told: bool,
    },
}

impl Job {
    pub(crate) const NONE: Self = Self {
        stage: Stage::None,
        asked_at_ms: 0,
    };

    /// Begins to generate the key that will have these attributes; its identifier names the job.
    ///
    /// # Errors
    /// [`ErrorCode::Busy`] while another one runs that somebody waits for.
    pub(crate) fn begin(
        &mut self,
        size: RsaSize,
        keyring: KeyringId,
        attributes: Attributes,
        now_ms: u64,
    ) -> Result<(), ErrorCode> {
        let abandoned = now_ms.saturating_sub(self.asked_at_ms) >= ABANDONED_MS;
        if self.is_wanted() && !abandoned {
            return Err(ErrorCode::Busy);
        }
        self.asked_at_ms = now_ms;
        self.stage = Stage::Running {
            keyring,
            attributes,
            generation: RsaGeneration::new(size),
        };
        Ok(())
    }

    /// How far it is, and its blob once it has ended.
    ///
    /// # Errors
    /// [`ErrorCode::JobNotFound`], or why it failed.
    pub(crate) fn status(
        &mut self,
        asked: &KeyId,
        now_ms: u64,
    ) -> Result<(JobStatus, Option<&Blob>), ErrorCode> {
        match &mut self.stage {
            Stage::Running {
                attributes,
                generation,
                ..
            } if attributes.id == *asked => {
                self.asked_at_ms = now_ms;
                let progress = generation.progress();
                let status = JobStatus::Running {
                    primes: progress.primes,
                    candidates: progress.candidates,
                };
                Ok((status, None))
            }
            Stage::Ended { id, result, told } if id == asked => {
                *told = true;
                let blob = result.as_ref().map_err(|code| *code)?;
                Ok((JobStatus::Ended, Some(blob)))
            }
            _ => Err(ErrorCode::JobNotFound),
        }
    }

    /// Forgets all of it; false when there was no such job.
    pub(crate) fn cancel(&mut self, asked: &KeyId) -> bool {
        let exists = match &self.stage {
            Stage::None => false,
            Stage::Running { attributes, .. } => attributes.id == *asked,
            Stage::Ended { id, .. } => id == asked,
        };
        if exists {
            self.stage = Stage::None;
        }
        exists
    }

    /// Forgets whatever it was.
    pub(crate) fn forget(&mut self) {
        self.stage = Stage::None;
    }

    /// Whether there is something to work on.
    pub(crate) const fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Running { .. })
    }

    fn is_wanted(&self) -> bool {
        match self.stage {
            Stage::None => false,
            Stage::Running { .. } => true,
            Stage::Ended { told, .. } => !told,
        }
    }

    fn end(&mut self, result: Result<Blob, ErrorCode>) {
        if let Stage::Running { attributes, .. } = &self.stage {
            self.stage = Stage::Ended {
                id: attributes.id,
                result,
                told: false,
            };
        }
    }
}

/// Works on the job for about a million instructions of a Cortex-M4 at most, and seals the key when it is made.
pub(crate) fn work<P: Platform>(vault: &mut Vault<P>) {
    let Stage::Running {
        keyring,
        attributes,
        generation,
    } = &mut vault.job.stage
    else {
        return;
    };
    let (keyring, attributes) = (*keyring, *attributes);
    let key = match generation.step(&mut vault.rng) {
        Ok(None) => return,
        Ok(Some(key)) => Ok(Material::Rsa(key)),
        Err(error) => Err(error.into()),
    };
    let blob = key.and_then(|key| seal(vault, &keyring, attributes, &key));
    vault.job.end(blob);
}
