use super::{SecretState, VaultState};
use crate::engine::EngineError;
use crate::hsm::HsmError;
use crate::store::StoreError;

/// Why nothing became of a change to a vault or its secrets.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no such thing, or none any more.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The vault's state does not allow it.
    #[error("the key vault is {0}: {1}")]
    VaultState(VaultState, &'static str),
    /// The secret's state does not allow it.
    #[error("the secret is {0}: {1}")]
    SecretState(SecretState, &'static str),
    /// The vault holds secrets.
    #[error("the key vault holds secrets; delete them first")]
    NotEmpty,
    /// A key of the token can't be imported.
    #[error("{0}")]
    Key(HsmError),
    /// Somebody else has the identifier that is desired.
    #[error("the desired identifier is taken: {0}")]
    Taken(&'static str),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<HsmError> for VaultError {
    fn from(error: HsmError) -> Self {
        Self::Engine(error.into())
    }
}

impl From<StoreError> for VaultError {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}
