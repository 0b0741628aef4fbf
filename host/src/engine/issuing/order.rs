use super::refused;
use crate::engine::EngineError;
use crate::engine::span::Span;
use crate::x509::Names;
use serde::{Deserialize, Serialize};
use x509_cert::der::oid::ObjectIdentifier;

/// Names of one certificate at most.
const MAX_NAMES: usize = 100;
/// Characters of one of them at most.
const MAX_NAME: usize = 2048;

/// What a user asks to be certified. Kept with the secret, so that it can be made again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The common name.
    pub common_name: Option<String>,
    /// DNS names, and addresses of email.
    pub alt_names: Vec<String>,
    /// Addresses of the Internet protocol.
    pub ip_sans: Vec<String>,
    /// Identifiers of resources.
    pub uri_sans: Vec<String>,
    /// `<oid>:UTF8:<text>`.
    pub other_sans: Vec<String>,
    /// How long it counts; `None` for as long as the template says.
    pub ttl: Option<Span>,
    /// Whether the common name is no alternative name too.
    pub exclude_cn_from_sans: bool,
    /// A certification request in PEM, of a key that its user keeps.
    pub csr: Option<String>,
    /// How the answer is put together.
    pub format: Format,
    /// How a private key is written.
    pub private_key_format: KeyFormat,
}

/// How a certificate is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// Its parts in fields of their own.
    #[default]
    #[serde(rename = "pem")]
    Pem,
    /// Private key, certificate and its issuers in one text too.
    #[serde(rename = "pem_bundle")]
    PemBundle,
}

/// How a private key is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyFormat {
    /// As its algorithm has it: PKCS#1 or SEC 1.
    #[default]
    #[serde(rename = "der")]
    Traditional,
    /// PKCS#8.
    #[serde(rename = "pkcs8")]
    Pkcs8,
}

impl Order {
    /// The alternative names that are asked for, parsed.
    ///
    /// # Errors
    /// [`EngineError::BadChange`] with what is none.
    pub(super) fn names(&self) -> Result<Names, EngineError> {
        let lists = [&self.alt_names, &self.ip_sans, &self.uri_sans, &self.other_sans];
        let all = || lists.iter().flat_map(|list| list.iter());
        if all().count() > MAX_NAMES || all().any(|name| name.len() > MAX_NAME) {
            return Err(refused(format!(
                "a certificate has at most {MAX_NAMES} names of at most {MAX_NAME} characters each"
            )));
        }
        let (emails, dns) = self
            .alt_names
            .iter()
            .cloned()
            .partition(|name| name.contains('@'));
        let ips = self.ip_sans.iter().map(|text| {
            let bad = || refused(format!("ip_sans: {text:?} is no IP address"));
            text.parse().map_err(|_| bad())
        });
        let others = self.other_sans.iter().map(|text| other_name(text));
        Ok(Names {
            dns,
            emails,
            ips: ips.collect::<Result<_, _>>()?,
            uris: self.uri_sans.clone(),
            others: others.collect::<Result<_, _>>()?,
        })
    }
}

/// `<oid>:UTF8:<text>`; a semicolon may part the first two, as in Vault.
pub(super) fn other_name(text: &str) -> Result<(ObjectIdentifier, String), EngineError> {
    let bad = || refused(format!("other_sans: {text:?} is not <oid>:UTF8:<value>"));
    let (oid, rest) = text.split_once([':', ';']).ok_or_else(bad)?;
    let (kind, value) = rest.split_once(':').ok_or_else(bad)?;
    let utf8 = kind.eq_ignore_ascii_case("utf8") || kind.eq_ignore_ascii_case("utf-8");
    match oid.parse() {
        Ok(oid) if utf8 => Ok((oid, value.to_owned())),
        _ => Err(bad()),
    }
}
