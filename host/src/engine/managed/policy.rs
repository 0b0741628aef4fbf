use super::change::managed;
use super::{Found, Interval, Policy};
use crate::engine::secret::SecretRow;
use crate::engine::{Engine, EngineError};

impl Engine {
    /// Sets how often a secret rotates by itself, from now on; `None` for never.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::BadChange`] where it can't, and those of the store.
    pub async fn schedule(
        &self,
        found: &Found,
        every: Option<Interval>,
        author: &str,
    ) -> Result<SecretRow, EngineError> {
        self.alter_row(found, |now, row| {
            if let (Some(every), Some(terms)) = (every, row.lease_terms()) {
                terms.check_schedule(every, now)?;
            }
            let managed = managed(row)?;
            if !managed.kind.rotates_by_itself() {
                let why = "secrets of this type can't rotate by themselves";
                return Err(EngineError::BadChange(why.into()));
            }
            let old = managed.policy.take();
            managed.policy = every.map(|every| {
                let new = Policy::new(every, author, now);
                match old {
                    None => new,
                    Some(old) => Policy {
                        id: old.id,
                        created_by: old.created_by,
                        created: old.created,
                        ..new
                    },
                }
            });
            Ok(())
        })
        .await
    }
}
