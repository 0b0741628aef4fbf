//! Orders, authorizations and certificates: RFC 8555, sections 7.4 to 7.6.

use super::error::Problem;
use super::{AcmeError, Client};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::json;

/// How far an order, an authorization or a challenge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Deactivated,
    Expired,
    Invalid,
    Pending,
    Processing,
    Ready,
    Revoked,
    Valid,
}

/// An order.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Order {
    pub(crate) status: Status,
    pub(crate) authorizations: Vec<String>,
    pub(crate) finalize: String,
    pub(crate) certificate: Option<String>,
    error: Option<Problem>,
}

/// What proves a name.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Authorization {
    pub(crate) status: Status,
    pub(crate) expires: Option<String>,
    identifier: Identifier,
    challenges: Vec<Challenge>,
}

#[derive(Debug, Clone, Deserialize)]
struct Identifier {
    value: String,
}

/// One way to prove it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Challenge {
    #[serde(rename = "type")]
    kind: String,
    pub(crate) url: String,
    pub(crate) status: Status,
    #[serde(default)]
    pub(crate) token: String,
    error: Option<Problem>,
}

impl Authorization {
    /// The name that is proved; without `*.`, which the record does not have either.
    pub(crate) fn name(&self) -> &str {
        &self.identifier.value
    }

    /// The challenge to be answered by the DNS.
    pub(crate) fn dns(&self) -> Option<&Challenge> {
        self.challenges
            .iter()
            .find(|challenge| challenge.kind == "dns-01")
    }

    /// Why it failed.
    pub(crate) fn problem(&self) -> Option<AcmeError> {
        let mut problems = self
            .challenges
            .iter()
            .filter_map(|challenge| challenge.error.clone());
        problems.next().map(AcmeError::Problem)
    }
}

impl Order {
    /// Why it failed.
    pub(crate) fn problem(&self) -> Option<AcmeError> {
        self.error.clone().map(AcmeError::Problem)
    }
}

impl Client<'_> {
    /// Orders a certificate for these names; answers the order's URL.
    pub(crate) async fn new_order(&self, names: &[String]) -> Result<String, AcmeError> {
        let identifiers: Vec<_> = names
            .iter()
            .map(|name| json!({"type": "dns", "value": name}))
            .collect();
        let new = json!({ "identifiers": identifiers }).to_string();
        self.post(&self.directory.new_order, &new).await?.location()
    }

    pub(crate) async fn order(&self, url: &str) -> Result<Order, AcmeError> {
        self.post(url, "").await?.json()
    }

    pub(crate) async fn authorization(&self, url: &str) -> Result<Authorization, AcmeError> {
        self.post(url, "").await?.json()
    }

    /// The value of the TXT record that answers a challenge.
    pub(crate) fn txt_value(&self, challenge: &Challenge) -> String {
        self.key.jwk().txt_value(&challenge.token)
    }

    /// Says that a challenge is answered.
    pub(crate) async fn respond(&self, challenge: &Challenge) -> Result<(), AcmeError> {
        self.post(&challenge.url, "{}").await.map(drop)
    }

    /// Sends the certification request, in DER.
    pub(crate) async fn finalize(&self, order: &Order, csr: &[u8]) -> Result<(), AcmeError> {
        let request = json!({"csr": URL_SAFE_NO_PAD.encode(csr)}).to_string();
        self.post(&order.finalize, &request).await.map(drop)
    }

    /// The certificate and what leads from it to the root, in PEM.
    pub(crate) async fn certificate(&self, url: &str) -> Result<String, AcmeError> {
        let reply = self.post(url, "").await?;
        String::from_utf8(reply.body.to_vec()).map_err(|_| AcmeError::Unintelligible(url.to_owned()))
    }

    /// Revokes a certificate of the account, in DER; one that is revoked is no error.
    pub(crate) async fn revoke(&self, certificate: &[u8]) -> Result<(), AcmeError> {
        let request = json!({"certificate": URL_SAFE_NO_PAD.encode(certificate)}).to_string();
        match self.post(&self.directory.revoke_cert, &request).await {
            Err(AcmeError::Problem(problem)) if problem.code() == "alreadyRevoked" => Ok(()),
            answer => answer.map(drop),
        }
    }
}
