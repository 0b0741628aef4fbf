use super::secret::Gone;
use crate::hsm::HsmError;
use crate::kms::KmsError;
use crate::store::StoreError;

/// Why the engine did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No collection has this identifier, or it is being destroyed.
    #[error("there is no such collection")]
    CollectionNotFound,
    /// No configuration of the kind has this name.
    #[error("there is no configuration named {0}")]
    ConfigNotFound(String),
    /// Nothing was ever stored at this path.
    #[error("secret not found")]
    SecretNotFound,
    /// The secret exists, the version never did or was pruned.
    #[error("secret version not found")]
    VersionNotFound,
    /// The version exists, its value may not be read any more.
    #[error("the version is deactivated or destroyed")]
    Gone(Box<Gone>),
    /// A write without a check-and-set parameter where one is demanded.
    #[error("check-and-set parameter required for this call")]
    CasRequired,
    /// The check-and-set parameter names another version than the current one.
    #[error("check-and-set parameter did not match the current version")]
    CasMismatch,
    /// The secret has used up all version numbers.
    #[error("no version number is left; delete the secret with all its versions and write it anew")]
    VersionsExhausted,
    /// A lock protects what the change would touch.
    #[error("The requested action can't be completed because the secret version is locked.")]
    Locked,
    /// Another secret of the kind has the name.
    #[error("A secret with the same name already exists: {0}")]
    NameTaken(String),
    /// The collection still holds secrets.
    #[error("the collection still holds secrets; delete them first")]
    NotEmpty,
    /// The caller's change cannot be applied to the value as it is.
    #[error("{0}")]
    BadChange(String),
    /// The change would make the value larger than is accepted.
    #[error("the value would become too large")]
    TooLarge,
    /// Other writers won every time.
    #[error("the secret is being changed by many others; try again")]
    Contended,
    /// The device refuses a record: a row was altered or does not belong where it stands.
    #[error("the stored record does not open in its place: the database was altered or damaged")]
    Unopenable,
    /// A row cannot be read.
    #[error("damaged row: {0}")]
    Damaged(String),
    /// The device.
    #[error(transparent)]
    Hsm(#[from] HsmError),
    /// A key management service that keys are distributed to.
    #[error(transparent)]
    Kms(KmsError),
    /// The store.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Contended,
            error => Self::Store(error),
        }
    }
}
