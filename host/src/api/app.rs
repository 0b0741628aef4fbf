//! What the APIs have in common.

use super::guard::Caller;
use super::ibm::Ibm;
use super::imco::Imco;
use super::okms::fault::Fault;
use super::sys::Sys;
use super::vault::Request;
use crate::auth::Auth;
use crate::auth::iam::provider::Provider;
use crate::engine::collection::CollectionId;
use crate::engine::secret::Patching;
use crate::engine::{Engine, EngineError};
use crate::pki::Authority;
use std::sync::{Arc, OnceLock};

/// What every request needs.
pub struct App {
    /// Secrets.
    pub engine: Arc<Engine>,
    /// Tokens and policies.
    pub auth: Auth,
    /// What belongs to no dialect.
    pub sys: Sys,
    /// Certificates.
    pub authority: Arc<Authority>,
    /// IBM Cloud Secrets Manager.
    pub ibm: Ibm,
    /// Ingram Micro Cloud Orchestrator.
    pub imco: Imco,
    /// The built-in identity provider.
    pub identity: Arc<Provider>,
    /// Longest value of a version, in bytes of JSON.
    pub max_value: usize,
    /// What PATCH on data does to version numbers.
    pub patching: Patching,
    /// Set once start-up is finished: the domain of URLs that name none. Until then nothing is served.
    pub started: OnceLock<CollectionId>,
}

impl App {
    /// Longest request body: a value and what may stand around it.
    pub(super) fn max_body(&self) -> usize {
        self.max_value.saturating_add(64 * 1024)
    }

    /// Who is asking.
    pub(super) async fn caller(&self, request: &Request) -> Result<Caller, Fault> {
        Caller::of(&self.auth, request).await
    }

    /// Carries out a change to its end, even if the client hangs up meanwhile.
    pub(super) async fn detached<T, E>(
        &self,
        change: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, Fault>
    where
        T: Send + 'static,
        E: Into<Fault> + Send + 'static,
    {
        let finished = tokio::spawn(change).await;
        finished.map_err(|_| Fault::internal())?.map_err(Into::into)
    }

    /// As [`App::detached`], for changes of the engine in any dialect.
    pub(super) async fn finished<T: Send + 'static>(
        &self,
        change: impl Future<Output = Result<T, EngineError>> + Send + 'static,
    ) -> Result<T, EngineError> {
        let finished = tokio::spawn(change).await;
        finished.map_err(|_| EngineError::Damaged("a change broke off".into()))?
    }

    /// The domain of URLs that name none.
    pub(super) fn default_domain(&self) -> Option<CollectionId> {
        self.started.get().copied()
    }
}
