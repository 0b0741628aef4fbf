//! Response wrapping: an answer is put away under a token that gives it out once. It lies sealed by the device, in a
//! collection of its own, until it is taken or its time has passed.

use super::collection::{Collection, CollectionId, Dialect, Title};
use super::secret::change::Needs;
use super::secret::versions::removal;
use super::secret::{SecretPath, Terms};
use super::span::Span;
use super::{Engine, EngineError};
use crate::engine::clock::Time;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The longest that an answer is kept: 32 days, as Vault keeps tokens.
const MAX_TTL: Span = Span::from_secs(32 * 24 * 3600);
/// Answers looked at when another is put away, to remove those whose time has passed.
const TIDIED: usize = 16;

/// An answer that was put away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrapInfo {
    /// Names it in logs.
    pub accessor: Uuid,
    /// The path that was asked for.
    pub creation_path: String,
    /// When it was put away.
    pub creation_time: Time,
    /// How long it is kept.
    pub ttl: Span,
}

impl WrapInfo {
    fn ends(&self) -> Time {
        self.creation_time.after(self.ttl)
    }
}

impl Engine {
    /// Puts an answer away under this name, which is a hash of the token that fetches it. Let the future run to its end:
    /// see [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::BadChange`] for a length of time that is none, and those of device and store.
    pub async fn wrap_answer(
        &self,
        name: &str,
        (path, body): (&str, &[u8]),
        ttl: Span,
    ) -> Result<WrapInfo, EngineError> {
        if ttl <= Span::ZERO || ttl > MAX_TTL {
            let why = "a wrapped answer is kept for 1 second to 32 days";
            return Err(EngineError::BadChange(why.into()));
        }
        let title = Title {
            name: "wrapping".into(),
            description: None,
            updated: self.now(),
        };
        let collection = self.create_named_collection(Dialect::Wrapping, title).await?.id();
        let info = WrapInfo {
            accessor: Uuid::new_v4(),
            creation_path: path.to_owned(),
            creation_time: self.now(),
            ttl,
        };
        let head = postcard::to_stdvec(&info).map_err(|error| EngineError::Damaged(error.to_string()))?;
        let value = Zeroizing::new([head.as_slice(), body].concat());
        self.tidy_wrapped(collection).await?;
        self.write(collection, &place(name)?, value, Terms::default())
            .await?;
        Ok(info)
    }

    /// What is known of an answer that lies there.
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`] where there is none, and those of device and store.
    pub async fn wrapped_info(&self, name: &str) -> Result<WrapInfo, EngineError> {
        Ok(self.wrapped(name).await?.1)
    }

    /// Gives an answer out, for the only time. Of several who ask at once one gets it. Let the future run to its end: see
    /// [`Engine::configure`].
    ///
    /// # Errors
    /// As [`Engine::wrapped_info`].
    pub async fn unwrap_answer(&self, name: &str) -> Result<(WrapInfo, Zeroizing<Vec<u8>>), EngineError> {
        let (collection, info, body) = self.wrapped(name).await?;
        self.change(collection.id(), &place(name)?, Needs::Metadata, |snapshot| {
            let removed = removal(snapshot)?.ok_or(EngineError::SecretNotFound)?;
            Ok((removed, ()))
        })
        .await?;
        Ok((info, body))
    }

    async fn wrapped(
        &self,
        name: &str,
    ) -> Result<(Arc<Collection>, WrapInfo, Zeroizing<Vec<u8>>), EngineError> {
        let mut homes = self.collections(Dialect::Wrapping).into_iter();
        let collection = homes.next().ok_or(EngineError::SecretNotFound)?;
        let value = self.read(&collection, &place(name)?, 0).await?.value;
        let (info, body): (WrapInfo, _) = postcard::take_from_bytes(&value)
            .map_err(|_| EngineError::Damaged("a wrapped answer can't be read".into()))?;
        if info.ends() <= self.now() {
            return Err(EngineError::SecretNotFound);
        }
        let body = Zeroizing::new(body.to_vec());
        Ok((collection, info, body))
    }

    /// Removes some of the answers whose time has passed.
    async fn tidy_wrapped(&self, collection: CollectionId) -> Result<(), EngineError> {
        let home = self.collection(collection)?;
        let longest_ago = Time::from_nanos(self.now().as_nanos().saturating_sub(MAX_TTL.as_nanos()));
        for name in self.list(&home, "", None, TIDIED)?.names {
            let path = place(&name)?;
            let created = self.metadata(&home, &path).map(|row| row.created);
            if created.is_ok_and(|created| created < longest_ago) {
                self.remove(collection, &path).await?;
            }
        }
        Ok(())
    }
}

fn place(name: &str) -> Result<SecretPath, EngineError> {
    SecretPath::parse(name).map_err(|_| EngineError::SecretNotFound)
}
