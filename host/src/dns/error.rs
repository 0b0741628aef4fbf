use crate::kms::KmsError;
use std::io;

/// Why records were not made or removed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DnsError {
    /// The settings can't be used.
    #[error("{0}")]
    Configuration(String),
    /// The service has no zone for a name.
    #[error("{service} has no zone for {name}")]
    NoZone {
        /// Which service.
        service: String,
        /// Which name.
        name: String,
    },
    /// The name server refused.
    #[error("the name server {server} refused the update: {why}")]
    Refused {
        /// Which name server.
        server: String,
        /// Why.
        why: String,
    },
    /// IBM's service.
    #[error(transparent)]
    Service(#[from] KmsError),
    /// The name server's answer can't be understood, or is not signed as it has to be.
    #[error("the name server {server} answered with something that {what}")]
    Unintelligible {
        /// Which name server.
        server: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The name server can't be reached, or does not answer.
    #[error("the name server {server} can't be reached: {why}")]
    Unreachable {
        /// Which name server.
        server: String,
        /// Why.
        why: io::Error,
    },
}

impl DnsError {
    /// Whether asking again later may help.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Configuration(_) | Self::NoZone { .. } | Self::Refused { .. } => false,
            Self::Service(KmsError::Configuration(_)) => false,
            Self::Service(KmsError::Refused { code, .. }) => code.starts_with('5') || code == "429",
            Self::Service(_) | Self::Unintelligible { .. } | Self::Unreachable { .. } => true,
        }
    }
}
