//! Taking entries from a device.

use super::journal::{Journal, JournalError};
use super::line::HeadLine;
use crate::hsm::{ErrorKind, Hsm, HsmError};
use casemate_common::audit::CHALLENGE_LEN;
use std::path::Path;

/// How often the log may grow while its head is being signed.
const TRIES: usize = 8;

/// Why entries could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum DrainError {
    /// The device's answer.
    #[error(transparent)]
    Hsm(#[from] HsmError),
    /// The file.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Other commands kept adding entries.
    #[error("the log kept growing while its head was being signed; try again")]
    Busy,
}

/// What was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Drained {
    /// New entries.
    pub entries: u64,
    /// Sequence number of the last entry in the file.
    pub last: u64,
}

/// Takes all entries that are not in the file yet into it, then allows the device to forget them.
///
/// # Errors
/// [`DrainError`]. What is in the file stays there, and what is not stays in the device.
pub async fn drain(hsm: &dyn Hsm, file: &Path) -> Result<Drained, DrainError> {
    let mut journal = open(hsm, file).await?;
    take(hsm, &mut journal).await
}

/// As [`drain`], and has the device sign the head behind the last entry over this challenge.
///
/// # Errors
/// [`DrainError`].
pub async fn drain_and_sign(
    hsm: &dyn Hsm,
    file: &Path,
    challenge: [u8; CHALLENGE_LEN],
) -> Result<Drained, DrainError> {
    let mut journal = open(hsm, file).await?;
    let before = journal.last();
    for _ in 0..TRIES {
        let Drained { last, .. } = take(hsm, &mut journal).await?;
        let signed = hsm.audit_head(challenge).await?;
        if last == 0 || journal.append_head(HeadLine::new(signed, challenge))? {
            let entries = last.saturating_sub(before);
            return Ok(Drained { entries, last });
        }
    }
    Err(DrainError::Busy)
}

async fn open(hsm: &dyn Hsm, file: &Path) -> Result<Journal, DrainError> {
    let mut device = [0; 16];
    hex::decode_to_slice(hsm.info().await?.id, &mut device)
        .map_err(|_| HsmError::new(ErrorKind::Unsupported, "this backend keeps no audit log"))?;
    Ok(Journal::open(file, device)?)
}

async fn take(hsm: &dyn Hsm, journal: &mut Journal) -> Result<Drained, DrainError> {
    let mut entries = 0;
    loop {
        let page = hsm.audit_page(journal.last()).await?;
        journal.append(&page)?;
        if page.drained < journal.last() {
            hsm.acknowledge_audit(journal.last()).await?;
        }
        if page.entries.is_empty() {
            let last = journal.last();
            return Ok(Drained { entries, last });
        }
        entries += page.entries.len() as u64;
    }
}
