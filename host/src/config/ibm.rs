use super::file;
use crate::auth::iam::provider::ProviderSettings;
use crate::auth::iam::{Algorithm, Grant, IssuerSettings};
use std::net::SocketAddr;

/// The section `[ibm]`: what the instance is called, and who may log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IbmSettings {
    /// The region in cloud resource names.
    pub region: String,
    /// The account in cloud resource names.
    pub account: String,
    /// What tokens of the built-in identity provider have as `iss`; `None` for its URL.
    pub identity_issuer: Option<String>,
    /// How it signs them.
    pub identity_algorithm: Algorithm,
    /// Identity providers whose tokens count.
    pub issuers: Vec<IssuerSettings>,
    /// Who has which role.
    pub grants: Vec<Grant>,
}

impl Default for IbmSettings {
    fn default() -> Self {
        Self {
            region: "us-south".into(),
            account: "0".repeat(32),
            identity_issuer: None,
            identity_algorithm: Algorithm::default(),
            issuers: Vec::new(),
            grants: Vec::new(),
        }
    }
}

impl IbmSettings {
    /// What the built-in identity provider's tokens say, where it is reached at this address.
    pub fn provider(&self, address: SocketAddr) -> ProviderSettings {
        let url = || format!("http://{address}/identity");
        ProviderSettings {
            issuer: self.identity_issuer.clone().unwrap_or_else(url),
            account: self.account.clone(),
            algorithm: self.identity_algorithm,
        }
    }

    pub(super) fn of(file: file::Ibm) -> Self {
        let usual = Self::default();
        Self {
            region: file.region.unwrap_or(usual.region),
            account: file.account.unwrap_or(usual.account),
            identity_issuer: file.identity.issuer,
            identity_algorithm: file.identity.algorithm,
            issuers: file.issuer,
            grants: file.role,
        }
    }
}
