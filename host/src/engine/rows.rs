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
    append(encode(row)?, rest)
}

/// The bytes of a row with a further part behind them, where there is one.
pub(super) fn append(bytes: Vec<u8>, part: Option<&impl Serialize>) -> Result<Vec<u8>, EngineError> {
    match part {
        None => Ok(bytes),
        Some(part) => {
            postcard::to_extend(part, bytes).map_err(|error| EngineError::Damaged(error.to_string()))
        }
    }
}

/// The row of these bytes and what stands behind it; `what` names it in the error.
pub(super) fn decode_with<R: DeserializeOwned, T: DeserializeOwned>(
    bytes: &[u8],
    what: &str,
) -> Result<(R, Option<T>), EngineError> {
    let (row, rest) = first(body(bytes, what)?, what)?;
    Ok((row, next(rest, what)?.0))
}

/// The row of these bytes; `what` names it in the error.
pub(super) fn decode<R: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<R, EngineError> {
    Ok(first(body(bytes, what)?, what)?.0)
}

/// The row of these bytes and the two parts that may stand behind it; `what` names it in the error.
pub(super) fn decode_with_both<R: DeserializeOwned, T: DeserializeOwned, U: DeserializeOwned>(
    bytes: &[u8],
    what: &str,
) -> Result<(R, Option<T>, Option<U>), EngineError> {
    let (row, rest) = first(body(bytes, what)?, what)?;
    let (one, rest) = next(rest, what)?;
    Ok((row, one, next(rest, what)?.0))
}

fn first<'r, T: DeserializeOwned>(bytes: &'r [u8], what: &str) -> Result<(T, &'r [u8]), EngineError> {
    postcard::take_from_bytes(bytes).map_err(|error| EngineError::Damaged(format!("{what}: {error}")))
}

fn next<'r, T: DeserializeOwned>(bytes: &'r [u8], what: &str) -> Result<(Option<T>, &'r [u8]), EngineError> {
    if bytes.is_empty() {
        return Ok((None, bytes));
    }
    let (part, rest) = first(bytes, what)?;
    Ok((Some(part), rest))
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
