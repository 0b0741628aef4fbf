use super::{ConfigError, file};
use crate::auth::Auth;
use crate::auth::iam::provider::ProviderSettings;
use crate::auth::iam::provider::{OwnIssuer, Provider};
use crate::auth::iam::{Algorithm, Grant, IssuerSettings};
use crate::engine::span::Span;
use crate::http;
use crate::issuers::{IbmIssuer, IbmUrls, Issuer, Issuers};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// IBM's types of public authorities.
const ACME: [(&str, &str); 2] = [
    ("letsencrypt", "https://acme-v02.api.letsencrypt.org/directory"),
    (
        "letsencrypt-stage",
        "https://acme-staging-v02.api.letsencrypt.org/directory",
    ),
];

/// The section `[ibm]`: what the instance is called, and who may log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IbmSettings {
    /// The region in cloud resource names.
    pub region: String,
    /// The account in cloud resource names.
    pub account: String,
    /// Where others reach the daemon, such as `https://secrets.example.com`: what certificates say about revocation
    /// lists. `None` for the address that it listens on.
    pub url: Option<String>,
    /// What tokens of the built-in identity provider have as `iss`; `None` for its URL.
    pub identity_issuer: Option<String>,
    /// How it signs them.
    pub identity_algorithm: Algorithm,
    /// Where IBM's services answer that issue credentials.
    pub urls: IbmUrls,
    /// Types of public authorities, and where their ACME directories are.
    pub acme: BTreeMap<String, String>,
    /// How long whoever issues something has for one answer: IBM's services, public authorities, and the name servers in
    /// which names are proved to them.
    pub patience: Duration,
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
            url: None,
            identity_issuer: None,
            identity_algorithm: Algorithm::default(),
            urls: IbmUrls::default(),
            acme: ACME.map(|(kind, url)| (kind.into(), url.into())).into(),
            patience: http::PATIENCE,
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

    /// Who issues credentials: IBM's services where their addresses are set, and else the daemon itself.
    pub fn credential_issuers(&self, provider: Arc<Provider>, auth: Auth) -> Issuers {
        let own: Arc<dyn Issuer> = Arc::new(OwnIssuer::new(provider, auth));
        let ibm = IbmIssuer::new(&self.urls, &self.account, self.patience);
        let ibm = ibm.map(|ibm| Arc::new(ibm) as Arc<dyn Issuer>);
        Issuers {
            api_keys: ibm.clone().unwrap_or_else(|| own.clone()),
            services: ibm.filter(|_| self.urls.resource_controller.is_some()),
            own,
        }
    }

    pub(super) fn of(file: file::Ibm) -> Result<Self, ConfigError> {
        let usual = Self::default();
        Ok(Self {
            region: file.region.unwrap_or(usual.region),
            account: file.account.unwrap_or(usual.account),
            url: file.url.map(|url| url.trim_end_matches('/').to_owned()),
            identity_issuer: file.identity.issuer,
            identity_algorithm: file.identity.algorithm,
            urls: IbmUrls {
                iam: file.iam,
                resource_controller: file.resource_controller,
                internet_services: file.internet_services,
            },
            acme: {
                let more = file.acme.into_iter().map(|known| (known.kind, known.directory));
                usual.acme.into_iter().chain(more).collect()
            },
            patience: patience(file.patience.as_deref())?,
            issuers: file.issuer,
            grants: file.role,
        })
    }
}

/// A second to two minutes: an order may take five answers, and what an issuer brings later than after ten minutes is
/// taken back unseen.
fn patience(text: Option<&str>) -> Result<Duration, ConfigError> {
    let Some(text) = text else {
        return Ok(http::PATIENCE);
    };
    let span: Option<Span> = text.parse().ok();
    let seconds = span.and_then(|span| u64::try_from(span.as_nanos() / 1_000_000_000).ok());
    let seconds = seconds.filter(|seconds| (1..=120).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| {
        ConfigError::Ibm(format!(
            "patience is {text:?}; give a duration of 1s to 2m, such as 30s"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_is_a_second_to_two_minutes() {
        for (text, seconds) in [(None, 30), (Some("1s"), 1), (Some("2m"), 120)] {
            assert_eq!(patience(text).expect("a duration"), Duration::from_secs(seconds));
        }
        for text in ["", "0s", "-1s", "999ms", "121s", "soon"] {
            let error = patience(Some(text)).expect_err(text).to_string();
            assert!(error.starts_with("ibm.patience is"), "{error}");
        }
    }
}
