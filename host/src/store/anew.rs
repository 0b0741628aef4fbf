use super::{Batch, Store, StoreError};

/// Tries before a change gives up on rows that others keep changing.
const TRIES: usize = 16;

/// Commits what `decide` makes of what is stored; where others have changed that meanwhile, it is asked again.
///
/// # Errors
/// Those of `decide` and the store: [`StoreError::Conflict`] where others were faster every time.
pub async fn commit_anew<E: From<StoreError>, D: Future<Output = Result<Batch, E>>>(
    store: &dyn Store,
    mut decide: impl FnMut() -> D,
) -> Result<(), E> {
    for _ in 1..TRIES {
        match store.commit(decide().await?).await {
            Err(StoreError::Conflict) => {}
            outcome => return Ok(outcome?),
        }
    }
    Ok(store.commit(decide().await?).await?)
}
