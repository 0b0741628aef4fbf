//! Who is asking, and what may they do: tokens and path policies.
//!
//! Tokens are kept in memory, in step with the store, which nobody else writes to: authenticating a request costs a
//! hash and a look-up. The store holds SHA-256 hashes of tokens only, which suffices because a token has 192 random
//! bits from the device.

mod error;
pub mod iam;
mod identity;
pub mod policy;
#[cfg(test)]
pub(crate) mod testing;
mod token;

pub use error::AuthError;
pub use identity::Identity;
pub use policy::Capability;
pub use token::{Accessor, Created, Issue, NewToken, Record, Renewed, Token, TokenHash};

use std::sync::Arc;

use self::policy::{Acl, PolicyName, Registry};
use self::token::Tokens;
use crate::engine::clock::{Clock, Time};
use crate::engine::span::Span;
use crate::hsm::Hsm;
use crate::store::Store;

/// Tokens and policies. A clone is the same one.
#[derive(Clone)]
pub struct Auth(Arc<Inner>);

struct Inner {
    policies: Registry,
    tokens: Tokens,
}

impl Auth {
    /// What the store holds. New tokens come from the device's random generator.
    ///
    /// # Errors
    /// [`AuthError::Store`] and [`AuthError::Damaged`] when it can't be read.
    pub fn open(store: Arc<dyn Store>, hsm: Arc<dyn Hsm>, clock: Arc<dyn Clock>) -> Result<Self, AuthError> {
        let policies = Registry::open(store.clone())?;
        let tokens = Tokens::open(store, hsm, clock)?;
        Ok(Self(Arc::new(Inner { policies, tokens })))
    }

    /// Whose token this is. A use is counted, durably, where the token's uses are limited.
    ///
    /// # Errors
    /// [`AuthError::Denied`] when there is no such token, or it or one that it descends from has expired, or it is
    /// used up.
    pub async fn authenticate(&self, token: &str) -> Result<Identity, AuthError> {
        let hash = TokenHash::of(token);
        let mut record = self.0.tokens.alive(&hash).ok_or(AuthError::Denied)?;
        if record.uses_left.is_some() {
            record = self
                .detached(move |auth| async move { auth.tokens.spend(hash).await })
                .await?;
        }
        let acl = self.0.policies.acl(&record.policies);
        Ok(Identity { hash, record, acl })
    }

    /// Makes the root token, unless that was done before; true when it was made now.
    ///
    /// `keep` must put the token where the operator finds it, durably, before it returns: only then does it become
    /// valid, and after a crash in between the next start makes another.
    ///
    /// # Errors
    /// [`AuthError::Keep`] with the error of `keep`, and those of device and store.
    pub async fn ensure_root(
        &self,
        keep: impl FnOnce(&Token) -> std::io::Result<()>,
    ) -> Result<bool, AuthError> {
        self.0.tokens.ensure_root(keep).await
    }

    /// Makes a token for `caller`, asked for at the route `path` (see [`Identity::allows`]); `orphan` where the route
    /// makes tokens without a parent.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] when the caller may not have such a token, or it makes no sense.
    pub async fn create(
        &self,
        caller: &Identity,
        path: &'static str,
        orphan: bool,
        wanted: NewToken,
    ) -> Result<Created, AuthError> {
        let plan = token::plan(caller, path, orphan, wanted)?;
        let mut created = self
            .detached(move |auth| async move { auth.tokens.create(plan).await })
            .await?;
        let unknown = created
            .record
            .policies
            .iter()
            .filter(|name| !self.0.policies.exists(name));
        let warnings: Vec<_> = unknown
            .map(|name| format!("policy \"{name}\" does not exist"))
            .collect();
        created.warnings.extend(warnings);
        Ok(created)
    }

    /// Makes a token for somebody who is known otherwise than by a token.
    ///
    /// # Errors
    /// Those of device and store.
    pub async fn issue(&self, issue: Issue) -> Result<Created, AuthError> {
        self.detached(move |auth| async move { auth.tokens.issue(issue).await })
            .await
    }

    /// The token with this hash, if it is valid now.
    pub fn lookup(&self, hash: &TokenHash) -> Option<Arc<Record>> {
        self.0.tokens.alive(hash)
    }

    /// What the token with this hash may do, if it is valid now.
    pub fn acl(&self, hash: &TokenHash) -> Option<Arc<Acl>> {
        let record = self.lookup(hash)?;
        Some(self.0.policies.acl(&record.policies))
    }

    /// What these policies allow together; one that does not exist allows nothing.
    pub fn allowed_by(&self, policies: &[PolicyName]) -> Arc<Acl> {
        self.0.policies.acl(policies)
    }

    /// The present, as tokens see it.
    pub fn now(&self) -> Time {
        self.0.tokens.now()
    }

    /// The hash of the token with this accessor, if it is valid now.
    pub fn by_accessor(&self, accessor: &Accessor) -> Option<TokenHash> {
        self.0.tokens.by_accessor(accessor)
    }

    /// Lets a token live longer: by `increment`, or else by its period or what it was made for.
    ///
    /// # Errors
    /// [`AuthError::Denied`] when there is no such token, [`AuthError::Invalid`] when it can't be renewed.
    pub async fn renew(&self, hash: TokenHash, increment: Option<Span>) -> Result<Renewed, AuthError> {
        self.detached(move |auth| async move { auth.tokens.renew(hash, increment).await })
            .await
    }

    /// Ends a token and all that descend from it, at once. One that does not exist is no error.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn revoke(&self, hash: TokenHash) -> Result<(), AuthError> {
        self.detached(move |auth| async move { auth.tokens.revoke(hash).await })
            .await
    }

    /// Ends a token; its children live on without a parent. One that does not exist is no error.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn revoke_orphan(&self, hash: TokenHash) -> Result<(), AuthError> {
        self.detached(move |auth| async move { auth.tokens.revoke_orphan(hash).await })
            .await
    }

    /// Removes what has expired or is used up from memory and store; answers how many tokens. They were refused
    /// before already.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<usize, AuthError> {
        self.detached(move |auth| async move { auth.tokens.sweep().await })
            .await
    }

    /// The names of all policies, in order.
    pub fn policies(&self) -> Vec<PolicyName> {
        self.0.policies.names()
    }

    /// The text of a policy, as it was written; that of `root` is empty.
    pub fn policy(&self, name: &PolicyName) -> Option<Arc<str>> {
        self.0.policies.text(name)
    }

    /// Writes a policy; it counts for the next request on.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] when the text is no policy, or the name is `root`.
    pub async fn put_policy(&self, name: PolicyName, text: String) -> Result<(), AuthError> {
        self.detached(move |auth| async move { auth.policies.put(name, &text).await })
            .await
    }

    /// Removes a policy. One that does not exist is no error.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for `root` and `default`.
    pub async fn remove_policy(&self, name: PolicyName) -> Result<(), AuthError> {
        self.detached(move |auth| async move { auth.policies.remove(&name).await })
            .await
    }

    /// Runs a change to its end even when the caller goes away in the middle: memory must follow the store.
    async fn detached<T, F>(&self, change: impl FnOnce(Arc<Inner>) -> F) -> Result<T, AuthError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, AuthError>> + Send + 'static,
    {
        tokio::spawn(change(self.0.clone()))
            .await
            .map_err(|_| AuthError::Stopped)?
    }
}
