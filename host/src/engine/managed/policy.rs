use super::{Found, Interval, Kind, Policy};
use crate::engine::secret::SecretRow;
use crate::engine::{Engine, EngineError};
use uuid::Uuid;

impl Engine {
    /// Sets how often a secret rotates by itself, from now on; `None` for never.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::BadChange`] where the kind can't, and those of the store.
    pub async fn schedule(
        &self,
        found: &Found,
        every: Option<Interval>,
        author: &str,
    ) -> Result<SecretRow, EngineError> {
        self.alter(found, |now, managed| {
            if managed.kind != Kind::Credentials {
                let why = "secrets of this type can't rotate by themselves; only username_password can";
                return Err(EngineError::BadChange(why.into()));
            }
            let old = managed.policy.take();
            managed.policy = every.map(|every| Policy {
                id: old.as_ref().map_or_else(Uuid::new_v4, |old| old.id),
                created_by: old.as_ref().map_or(author, |old| &old.created_by).to_owned(),
                created: old.as_ref().map_or(now, |old| old.created),
                updated_by: author.to_owned(),
                updated: now,
                every,
                next: every.after(now),
            });
            Ok(())
        })
        .await
    }
}
