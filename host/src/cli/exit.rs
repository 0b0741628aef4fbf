//! How commands end, for scripts; `casemate --help` lists it.

use crate::attestation;
use crate::audit;
use crate::hsm::{ErrorKind, HsmError};
use std::error::Error;
use std::process::ExitCode;

/// Every code that commands end with, as `--help` shows it.
pub(super) const HELP: &str = "\
Exit codes:
  0  done
  1  not done; the message says why
  2  the arguments are wrong
  3  something does not authenticate: a key blob, a ciphertext, a log, an attestation
  4  forbidden: the key was not made for it, or the export policy does not allow it
  5  the device is away or busy; trying again may help
  130, 143  interrupted or ended from outside; the message says what that leaves";

/// What went wrong with a file.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {fault}")]
pub(super) struct InFile<F: Error + 'static> {
    pub(super) path: String,
    #[source]
    pub(super) fault: F,
}

/// The code for this error.
pub(super) fn code(error: &(dyn Error + 'static)) -> ExitCode {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(code) = of(error) {
            return ExitCode::from(code);
        }
        cause = error.source();
    }
    ExitCode::FAILURE
}

fn of(error: &(dyn Error + 'static)) -> Option<u8> {
    if let Some(fault) = error.downcast_ref() {
        // A file that can't be read, or is none of these, says nothing about a log.
        let is_a_log = !matches!(fault, audit::Fault::Read(_) | audit::Fault::Unreadable { .. });
        return is_a_log.then_some(3);
    }
    if error.is::<attestation::Fault>() {
        return Some(3);
    }
    match error.downcast_ref::<HsmError>()?.kind() {
        ErrorKind::Refused => Some(3),
        ErrorKind::Forbidden => Some(4),
        ErrorKind::Transient | ErrorKind::SessionLost => Some(5),
        _ => None,
    }
}
