use crate::hsm::HsmError;

/// Why a provider did not do what it was asked. No text holds a credential or a key.
#[derive(Debug, thiserror::Error)]
pub enum KmsError {
    /// The settings of the provider are incomplete, or can't be used.
    #[error("{0}")]
    Configuration(String),
    /// The device, which signs requests.
    #[error(transparent)]
    Device(#[from] HsmError),
    /// The provider answered an error.
    #[error("{provider} refused {operation}: {code}: {text}")]
    Refused {
        /// Which provider.
        provider: &'static str,
        /// What it was asked.
        operation: String,
        /// Its name for the error.
        code: String,
        /// What it says.
        text: String,
        /// Whether it is certain that what was asked was not done: a fault of the provider's own leaves that open.
        is_certain: bool,
    },
    /// The provider answered what can't be understood.
    #[error("{provider} answered {operation} with something that can't be understood")]
    Unintelligible {
        /// Which provider.
        provider: &'static str,
        /// What it was asked.
        operation: String,
    },
    /// The provider can't be reached, or does not answer; whether it did what it was asked is not known.
    #[error("{provider} can't be reached for {operation}: {why}; repeat the request to finish it")]
    Unreachable {
        /// Which provider.
        provider: &'static str,
        /// What it was asked.
        operation: String,
        /// Why.
        why: String,
    },
}

impl KmsError {
    /// The provider's name for the error, where it gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Whether it is certain that what was asked was not done.
    pub fn is_certain(&self) -> bool {
        match self {
            Self::Configuration(_) | Self::Device(_) => true,
            Self::Refused { is_certain, .. } => *is_certain,
            Self::Unintelligible { .. } | Self::Unreachable { .. } => false,
        }
    }

    /// Done, where the provider gives the error one of these names: what was asked was so already.
    pub(super) fn unless(self, accepted: &[&str]) -> Result<(), Self> {
        match self.code() {
            Some(code) if accepted.contains(&code) => Ok(()),
            _ => Err(self),
        }
    }
}
