//! How rows are encoded: a format version, then postcard.

use super::EngineError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Grows with every incompatible change, so that an older daemon refuses what it would misread.
const FORMAT: u8 = 1;

/// The bytes of a row.
pub(super) fn encode(row: &impl Serialize) -> Result<Vec<u8>, EngineError> {
    postcard::to_extend(row, vec![FORMAT]).map_err(|error| EngineError::Damaged(error.to_string()))
}

/// The row of these bytes; `what` names it in the error.
pub(super) fn decode<R: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<R, EngineError> {
    match bytes.split_first() {
        Some((&FORMAT, row)) => {
            postcard::from_bytes(row).map_err(|error| EngineError::Damaged(format!("{what}: {error}")))
        }
        Some((format, _)) => Err(EngineError::Damaged(format!(
            "{what} has format {format}, written by a newer casemate"
        ))),
        None => Err(EngineError::Damaged(format!("{what} is empty"))),
    }
}
