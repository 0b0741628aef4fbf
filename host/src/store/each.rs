use super::{Store, StoreError};

/// Rows read from the store at once.
const PAGE: usize = 256;

/// Hands every row below a prefix over, in order: its key without the prefix, and its value.
///
/// # Errors
/// Those of `take`, and the store's.
pub fn each<E: From<StoreError>>(
    store: &dyn Store,
    prefix: &[u8],
    mut take: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut after: Option<Vec<u8>> = None;
    loop {
        let page = store.scan(prefix, after.as_deref(), PAGE)?;
        for (key, value) in &page {
            take(key.strip_prefix(prefix).unwrap_or(key), value)?;
        }
        match page.into_iter().last() {
            Some((key, _)) => after = Some(key),
            None => return Ok(()),
        }
    }
}
