use super::Patch;
use super::imco::{ItemSection, PlanSection};
use super::tls::{ListenTls, TlsSection};
use crate::auth::iam::{Algorithm, Grant, IssuerSettings};
use crate::kms::KmsSettings;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What `casemate.toml` may hold. Unknown keys are errors, so that a misspelt one is noticed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    pub(super) data: Option<PathBuf>,
    pub(super) listen: Option<SocketAddr>,
    pub(super) listen_tls: Option<ListenTls>,
    pub(super) device: Option<Devices>,
    pub(super) insecure_http: Option<bool>,
    #[serde(default)]
    pub(super) tls: TlsSection,
    #[serde(default)]
    pub(super) okms: Okms,
    #[serde(default)]
    pub(super) ibm: Ibm,
    #[serde(default)]
    pub(super) imco: Imco,
    #[serde(default)]
    pub(super) kms: KmsSettings,
}

/// The setting `device`: an address, or a list of them for a pool.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Devices {
    One(String),
    Pool(Vec<String>),
}

/// The section `[imco]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Imco {
    pub(super) patience: Option<String>,
    pub(super) realm: Vec<ItemSection>,
    pub(super) plan: Vec<PlanSection>,
    pub(super) account: Vec<ItemSection>,
    pub(super) label: Vec<ItemSection>,
}

/// The section `[ibm]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Ibm {
    pub(super) region: Option<String>,
    pub(super) account: Option<String>,
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) identity: Identity,
    pub(super) iam: Option<String>,
    pub(super) resource_controller: Option<String>,
    pub(super) internet_services: Option<String>,
    pub(super) patience: Option<String>,
    #[serde(default)]
    pub(super) acme: Vec<AcmeSection>,
    #[serde(default)]
    pub(super) issuer: Vec<IssuerSettings>,
    #[serde(default)]
    pub(super) role: Vec<Grant>,
}

/// A section `[[ibm.acme]]`: a public authority.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AcmeSection {
    /// What configurations of it have as their type.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Where its directory is.
    pub(super) directory: String,
}

/// The section `[ibm.identity]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Identity {
    pub(super) issuer: Option<String>,
    #[serde(default)]
    pub(super) algorithm: Algorithm,
}

/// The section `[okms]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Okms {
    pub(super) patch: Option<Patch>,
    pub(super) max_version_bytes: Option<usize>,
}

/// Why the settings can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("can't read {path}: {error}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is no TOML, or holds a key or a value that it must not.
    #[error("{path}: {error}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and where.
        error: Box<toml::de::Error>,
    },
    /// The device's address is none.
    #[error(transparent)]
    Device(#[from] crate::hsm::AddressError),
    /// No address is given.
    #[error("device: a pool with no device; name one at least, or leave the setting out for sim:")]
    NoDevice,
    /// Two devices of a pool have the same address.
    #[error(
        "device: {0} is named twice; each device of a pool has an address of its own (sim:, sim:?number=2, …)"
    )]
    SameDevice(String),
    /// A token can't share keyrings.
    #[error(
        "device: {0} can't be in a pool: a PKCS#11 token shares no security domain with others; what its vendor offers \
         for several tokens (a high-availability slot) is one token here"
    )]
    TokenInPool(String),
    /// Tokens and secrets would cross the network in the clear.
    #[error(
        "plain HTTP is served on loopback only and {0} is not: listen on 127.0.0.1, or say --insecure-http if \
         something in front of casemate does the encryption"
    )]
    Exposed(SocketAddr),
    /// A setting of the section `[ibm]` can't be used.
    #[error("ibm.{0}")]
    Ibm(String),
    /// What key vaults are made of does not fit together.
    #[error("imco: {0}")]
    Imco(String),
    /// A name for the server's certificate is none.
    #[error("tls.names: {0}")]
    ServerName(String),
    /// Only one of the two files is given.
    #[error("tls.certificate and tls.key go together: give both files, or neither")]
    HalfACertificate,
    /// Nothing, or more than the device seals in one record.
    #[error("okms.max-version-bytes is {0}, but must be from 1 to {max}", max = casemate_common::limits::MAX_PLAINTEXT)]
    ValueLimit(usize),
}

impl File {
    /// The settings in a file.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`] and [`ConfigError::Malformed`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
            path: path.to_owned(),
            error,
        })?;
        toml::from_str(&text).map_err(|error| ConfigError::Malformed {
            path: path.to_owned(),
            error: Box::new(error),
        })
    }
}
