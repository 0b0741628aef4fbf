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

/// The bytes of a row with a part that only some rows have behind it. Rows without it are those of [`encode`].
pub(super) fn encode_with(
    row: &impl Serialize,
    rest: Option<&impl Serialize>,
) -> Result<Vec<u8>, EngineError> {
    let bytes = encode(row)?;
    match rest {
        None => Ok(bytes),
        Some(rest) => {
            postcard::to_extend(rest, bytes).map_err(|error| EngineError::Damaged(error.to_string()))
        }
    }
}

/// The row of these bytes and what stands behind it; `what` names it in the error.
pub(super) fn decode_with<R: DeserializeOwned, T: DeserializeOwned>(
    bytes: &[u8],
    what: &str,
) -> Result<(R, Option<T>), EngineError> {
    let damaged = |error: postcard::Error| EngineError::Damaged(format!("{what}: {error}"));
    let (row, rest) = postcard::take_from_bytes(body(bytes, what)?).map_err(damaged)?;
    let rest = (!rest.is_empty()).then(|| postcard::from_bytes(rest).map_err(damaged));
    Ok((row, rest.transpose()?))
}

fn body<'r>(bytes: &'r [u8], what: &str) -> Result<&'r [u8], EngineError> {
    match bytes.split_first() {
        Some((&FORMAT, body)) => Ok(body),
        Some((format, _)) => Err(EngineError::Damaged(format!(
            "{what} has format {format}, written by a newer casemate"
        ))),
        None => Err(EngineError::Damaged(format!("{what} is empty"))),
    }
}
