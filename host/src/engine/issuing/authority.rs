//! Authorities: what they are set to, and what becomes of them.

use super::{Format, KeyFormat, KeySpec, Order, Subject, Template, refused};
use crate::engine::clock::Time;
use crate::engine::collection::CollectionId;
use crate::engine::configurations::{Config, ConfigKind};
use crate::engine::issuing::ledger;
use crate::engine::keys::NewKey;
use crate::engine::secret::SecretPath;
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use crate::store::Batch;
use casemate_common::blob::Usages;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What an authority is set to. The names are those of IBM's API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthoritySettings {
    /// Whom its certificate names.
    pub common_name: String,
    /// The longest that its certificates count, in seconds.
    pub max_ttl: i64,
    /// How long its own certificate counts, in seconds.
    pub ttl: i64,
    /// How long a revocation list counts, in seconds.
    pub crl_expiry: i64,
    /// Whether it makes no revocation lists.
    pub crl_disable: bool,
    /// Whether its certificates say where the revocation list is.
    pub crl_distribution_points_encoded: bool,
    /// Whether its certificates say where its own is.
    pub issuing_certificates_urls_encoded: bool,
    /// Further names in its certificate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alt_names: Vec<String>,
    /// IP addresses in its certificate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ip_sans: Vec<String>,
    /// URIs in its certificate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uri_sans: Vec<String>,
    /// Other names in its certificate.
    pub other_sans: Vec<String>,
    /// How its certificate is sent.
    pub format: Format,
    /// How its private key would be written, which is not sent.
    pub private_key_format: KeyFormat,
    /// Whether its common name is no alternative name too.
    pub exclude_cn_from_sans: bool,
    /// The kind of its key.
    #[serde(flatten)]
    pub key: KeySpec,
    /// Authorities below it at most, on one path; -1 for any number.
    pub max_path_length: i64,
    /// The domains that names in certificates below it have to be in; all where none is given.
    pub permitted_dns_domains: Vec<String>,
    /// What stands in its subject beside the common name.
    #[serde(flatten)]
    pub subject: Subject,
    /// Who vouches for it; `None` for a root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_method: Option<SigningMethod>,
    /// The authority of ours that vouches for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
}

/// Who vouches for an intermediate authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SigningMethod {
    /// An authority of ours.
    Internal,
    /// Somebody else.
    External,
}

/// What is known of an authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// What it is set to.
    pub settings: AuthoritySettings,
    /// Where others find what it publishes.
    pub urls: Urls,
    /// What asks for its certificate, in PEM; `None` for a root.
    pub csr: Option<String>,
    /// Its certificate, once there is one.
    pub certified: Option<Certified>,
    /// Since when its certificate is revoked.
    pub revoked: Option<Time>,
}

/// Where others find what an authority publishes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Urls {
    /// Its revocation list in DER.
    pub crl: String,
    /// Its certificate in DER.
    pub certificate: String,
}

/// A certificate of an authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certified {
    /// The certificate in PEM.
    pub certificate: String,
    /// Its serial number, in hexadecimal bytes parted by colons.
    pub serial_number: String,
    /// When it ends.
    pub expires: Time,
    /// Those of its issuers in PEM, nearest first; empty for a root.
    pub chain: Vec<String>,
}

/// How far an authority is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is ready, but no template issues by it.
    CertificateTemplateRequired,
    /// It is ready.
    Configured,
    /// Its certificate has ended.
    Expired,
    /// Its certificate was revoked.
    Revoked,
    /// Somebody else has to sign its request.
    SignedCertificateRequired,
    /// An authority of ours has to sign its request.
    SigningRequired,
}

/// What is to change of an authority; `None` leaves a field as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuthorityChange {
    /// The longest that certificates count.
    pub max_ttl: Option<i64>,
    /// How long a revocation list counts.
    pub crl_expiry: Option<i64>,
    /// Whether there is none.
    pub crl_disable: Option<bool>,
    /// Whether certificates say where it is.
    pub crl_distribution_points_encoded: Option<bool>,
    /// Whether certificates say where the authority's is.
    pub issuing_certificates_urls_encoded: Option<bool>,
}

const KINDS: [ConfigKind; 2] = [ConfigKind::RootAuthority, ConfigKind::IntermediateAuthority];

impl AuthoritySettings {
    /// Whether it vouches for itself.
    pub fn kind(&self) -> ConfigKind {
        match self.signing_method {
            None => ConfigKind::RootAuthority,
            Some(_) => ConfigKind::IntermediateAuthority,
        }
    }

    /// What its certificate names.
    pub(super) fn order(&self) -> Order {
        Order {
            common_name: Some(self.common_name.clone()),
            alt_names: self.alt_names.clone(),
            ip_sans: self.ip_sans.clone(),
            uri_sans: self.uri_sans.clone(),
            other_sans: self.other_sans.clone(),
            ttl: Some(Span::from_secs(self.ttl)),
            exclude_cn_from_sans: self.exclude_cn_from_sans,
            ..Order::default()
        }
    }
}

impl Engine {
    /// Makes an authority with a key in the device. A root signs its certificate itself, an intermediate one of our own
    /// issuer gets its certificate from that, and any other makes a request for somebody else to sign.
    ///
    /// # Errors
    /// [`EngineError::NameTaken`], [`EngineError::BadChange`] for what no authority can be, and those of device and store.
    pub async fn make_authority(
        &self,
        collection: CollectionId,
        name: &str,
        settings: AuthoritySettings,
        urls: Urls,
    ) -> Result<Config<Authority>, EngineError> {
        if self.authority(name).is_ok() {
            return Err(EngineError::NameTaken(name.to_owned()));
        }
        let _issuer_stays = self.using_configs().await;
        let path = SecretPath::parse("authority").map_err(|bad| EngineError::Damaged(bad.to_string()))?;
        let new = NewKey {
            key_type: settings.key.key_type(),
            usages: Usages::OF_SIGNERS,
            distributable: false,
        };
        let blob = Zeroizing::new(self.make_key(collection, &path, new).await?);
        let kind = settings.kind();
        let facts = self.first_facts(collection, &blob, settings, urls).await?;
        let config = self
            .make_config((kind, name), collection, facts, Some(blob))
            .await?;
        self.renew_list(&config).await?;
        Ok(config)
    }

    /// The authority with this name, root or intermediate.
    ///
    /// # Errors
    /// [`EngineError::ConfigNotFound`] and those of the store.
    pub fn authority(&self, name: &str) -> Result<Config<Authority>, EngineError> {
        match self.config(ConfigKind::RootAuthority, name) {
            Err(EngineError::ConfigNotFound(_)) => self.config(ConfigKind::IntermediateAuthority, name),
            found => found,
        }
    }

    /// All authorities.
    pub(super) fn authorities(&self) -> Result<Vec<Config<Authority>>, EngineError> {
        let mut all = Vec::new();
        for kind in KINDS {
            all.extend(self.configs(kind)?);
        }
        Ok(all)
    }

    /// How far an authority is.
    ///
    /// # Errors
    /// Those of the store.
    pub fn authority_status(&self, authority: &Config<Authority>) -> Result<Status, EngineError> {
        let Authority {
            settings,
            certified,
            revoked,
            ..
        } = &authority.facts;
        let Some(certified) = certified else {
            return Ok(match settings.signing_method {
                Some(SigningMethod::External) => Status::SignedCertificateRequired,
                _ => Status::SigningRequired,
            });
        };
        if revoked.is_some() {
            return Ok(Status::Revoked);
        }
        if certified.expires <= self.now() {
            return Ok(Status::Expired);
        }
        let root = settings.kind() == ConfigKind::RootAuthority;
        Ok(match root || !self.templates_of(&authority.name)?.is_empty() {
            true => Status::Configured,
            false => Status::CertificateTemplateRequired,
        })
    }

    /// Changes what can be changed of an authority.
    ///
    /// # Errors
    /// [`EngineError::ConfigNotFound`] and those of the store.
    pub async fn change_authority(
        &self,
        kind: ConfigKind,
        name: &str,
        change: AuthorityChange,
    ) -> Result<Config<Authority>, EngineError> {
        let changed = self
            .change_config((kind, name), |config: &mut Config<Authority>| {
                change.apply(&mut config.facts.settings);
                Ok(Batch::new())
            })
            .await?;
        self.renew_list(&changed).await?;
        Ok(changed)
    }

    /// Removes an authority that no template and no other authority needs, with its key.
    ///
    /// # Errors
    /// [`EngineError::ConfigNotFound`], [`EngineError::BadChange`] where something needs it, and those of the store.
    pub async fn remove_authority(&self, kind: ConfigKind, name: &str) -> Result<(), EngineError> {
        self.remove_config((kind, name), |config: &Config<Authority>| {
            if let [template, ..] = self.templates_of(name)?.as_slice() {
                return Err(refused(format!(
                    "the authority is in use by the certificate template {}; delete that first",
                    template.name
                )));
            }
            let below = self.authorities()?;
            let mut below = below
                .iter()
                .filter(|other| other.facts.settings.issuer.as_deref() == Some(name));
            match below.next() {
                None => ledger::forgotten(&*self.store, config.id),
                Some(other) => Err(refused(format!(
                    "the authority is in use: it is the issuer of {}; delete that first",
                    other.name
                ))),
            }
        })
        .await
    }

    /// The templates that issue by an authority.
    fn templates_of(&self, name: &str) -> Result<Vec<Config<Template>>, EngineError> {
        let mut templates = self.configs::<Template>(ConfigKind::CertificateTemplate)?;
        templates.retain(|template| template.facts.certificate_authority == name);
        Ok(templates)
    }
}

impl AuthorityChange {
    fn apply(self, settings: &mut AuthoritySettings) {
        let flags = [
            (self.crl_disable, &mut settings.crl_disable),
            (
                self.crl_distribution_points_encoded,
                &mut settings.crl_distribution_points_encoded,
            ),
            (
                self.issuing_certificates_urls_encoded,
                &mut settings.issuing_certificates_urls_encoded,
            ),
        ];
        for (new, old) in flags {
            *old = new.unwrap_or(*old);
        }
        settings.max_ttl = self.max_ttl.unwrap_or(settings.max_ttl);
        settings.crl_expiry = self.crl_expiry.unwrap_or(settings.crl_expiry);
    }
}
