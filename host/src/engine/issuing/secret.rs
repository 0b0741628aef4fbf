//! Secrets that are certificates of our authorities.

use super::constraints::{Asking, Holder};
use super::issuer::{Issuer, Made};
use super::order::{Format, Order};
use super::profile::LeafProfile;
use super::{Template, ledger, refused};
use crate::engine::clock::Time;
use crate::engine::collection::CollectionId;
use crate::engine::configurations::{Config, ConfigKind};
use crate::engine::managed::{Bundle, Certificate, Found, Issuance, Kind, NewEdition, NewSecret, Rotation};
use crate::engine::secret::SecretRow;
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use crate::store::Batch;
use crate::x509::Request;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use x509_cert::der::Decode;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use zeroize::Zeroizing;

/// What is kept of how a certificate was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateIssuance {
    /// By which template.
    pub template: String,
    /// By which authority.
    pub authority: String,
    /// The kind of its key: `RSA2048`, `EC256` …
    pub key: String,
    /// What was asked for.
    pub order: Order,
    /// Versions that are revoked.
    pub revocations: Vec<Revocation>,
}

/// A version that is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// The version's number.
    pub number: u32,
    /// Since when.
    pub since: Time,
}

impl PrivateIssuance {
    /// Since when a version is revoked.
    pub fn revoked(&self, number: u32) -> Option<Time> {
        let mut found = self
            .revocations
            .iter()
            .filter(|revocation| revocation.number == number);
        found.next().map(|revocation| revocation.since)
    }
}

impl SecretRow {
    /// How it was made, if an authority of ours did.
    pub fn private_issuance(&self) -> Option<&PrivateIssuance> {
        match self.issuance.as_deref() {
            Some(Issuance::Private(issuance)) => Some(issuance),
            _ => None,
        }
    }
}

/// A certificate with all that a secret of it holds.
pub(super) struct Issued {
    value: Zeroizing<Vec<u8>>,
    facts: Certificate,
    issuance: PrivateIssuance,
    /// What has to be written with it.
    also: Batch,
}

/// What is sealed, and sent back as `secret_data`.
#[derive(Serialize)]
struct Parts<'p> {
    certificate: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_key: Option<&'p str>,
    issuing_ca: &'p str,
    ca_chain: &'p [String],
}

impl Engine {
    /// Makes a certificate by a template, and a secret of it; answers the secret's value too. Let the future run to its
    /// end: see [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::NameTaken`], [`EngineError::BadChange`] with what the template does not allow, and those of device
    /// and store.
    pub async fn issue_certificate(
        &self,
        collection: CollectionId,
        new: NewSecret,
        template: &str,
        order: Order,
    ) -> Result<(SecretRow, Zeroizing<Vec<u8>>), EngineError> {
        let _template_stays = self.using_configs().await;
        Self::check_free(&*self.store, new.kind, &new.name)?;
        let issued = self
            .issue(collection, template, order, &new.edition.author)
            .await?;
        let secret = NewSecret {
            expires: Some(issued.facts.not_after),
            value: issued.value.clone(),
            issuance: Some(Issuance::Private(issued.issuance)),
            edition: NewEdition {
                certificate: Some(issued.facts),
                ..new.edition
            },
            ..new
        };
        let row = self
            .create_as(Uuid::new_v4(), collection, secret, issued.also)
            .await?;
        Ok((row, issued.value))
    }

    /// Makes a certificate anew, with another key or by another request; answers the secret's new value too. `advance`:
    /// until when schedules have been served by it. Let the future run to its end: see [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::Locked`], [`EngineError::BadChange`] with what the template does
    /// not allow any more, and those of device and store.
    pub async fn reissue_certificate(
        &self,
        found: &Found,
        request: Option<String>,
        edition: NewEdition,
        advance: Option<Time>,
    ) -> Result<(SecretRow, Zeroizing<Vec<u8>>), EngineError> {
        let _template_stays = self.using_configs().await;
        let row = self.describe(found)?;
        row.check_rotatable(self.now())?;
        let old = row.private_issuance().ok_or(EngineError::SecretNotFound)?.clone();
        let mut order = old.order;
        order.csr = request.or(order.csr);
        let mut issued = self
            .issue(found.collection, &old.template, order, &edition.author)
            .await?;
        issued.issuance.revocations = old.revocations;
        let value = issued.value;
        let rotation = Rotation {
            edition: NewEdition {
                certificate: Some(issued.facts.clone()),
                ..edition
            },
            expires: Some(Some(issued.facts.not_after)),
            issuance: Some(Issuance::Private(issued.issuance)),
            also: issued.also,
            advance,
            held: None,
        };
        let make = |_: &[u8]| Ok(value.clone());
        let row = self
            .rotate(found, Kind::PrivateCertificate, rotation, make)
            .await?;
        Ok((row, value))
    }

    async fn issue(
        &self,
        collection: CollectionId,
        template: &str,
        order: Order,
        author: &str,
    ) -> Result<Issued, EngineError> {
        let template = self.template(template)?;
        let request = order
            .csr
            .as_deref()
            .map(Request::parse)
            .transpose()
            .map_err(refused)?;
        let home = self.collection(collection)?;
        let group = home.title().map_or("default".into(), |_| collection.to_string());
        let asking = Asking {
            author,
            group: &group,
        };
        let holder = template.facts.holder(&order, request.as_ref(), asking)?;
        let lifetime = template.facts.lifetime(&order)?;
        let issuer = self.issuer(&template.facts.certificate_authority).await?;
        issuer.check_domains(&holder.hosts(), "alt_names")?;
        let until = issuer.end(self.now(), lifetime, order.ttl.is_some())?;
        let (key, private_key) = match request {
            Some(request) => (request.key, None),
            None => {
                let key = self.leaf_key(collection, template.facts.key).await?;
                let public = SubjectPublicKeyInfoOwned::from_der(&key.public)?;
                (public, Some(key.pem(order.private_key_format)?))
            }
        };
        let made = self.sign_leaf(&issuer, (&template, &holder), key, until).await?;
        issued(&issuer, &template, made, private_key, order)
    }

    async fn sign_leaf(
        &self,
        issuer: &Issuer,
        (template, holder): (&Config<Template>, &Holder),
        key: SubjectPublicKeyInfoOwned,
        until: Time,
    ) -> Result<Made, EngineError> {
        let template = &template.facts;
        let profile = LeafProfile {
            subject: template.subject.name(holder.common_name.as_deref())?,
            holder,
            signed_by: issuer.signed_by(),
            template,
            usages: template.usages()?,
            extended: template.extended_usages()?,
            policies: template.policies()?,
        };
        let from = self.now().after(Span::from_secs(-template.not_before_duration));
        self.certify(issuer.hand(), profile, key, (from, until)).await
    }

    /// The template with this name, as a part of a request names it.
    fn template(&self, name: &str) -> Result<Config<Template>, EngineError> {
        match self.config(ConfigKind::CertificateTemplate, name) {
            Err(EngineError::ConfigNotFound(name)) => {
                Err(refused(format!("there is no certificate template named {name}")))
            }
            found => found,
        }
    }
}

fn issued(
    issuer: &Issuer,
    template: &Config<Template>,
    made: Made,
    private_key: Option<Zeroizing<String>>,
    order: Order,
) -> Result<Issued, EngineError> {
    let chain = issuer.chain();
    let private_key = private_key.as_deref().map(String::as_str);
    let text = match order.format {
        Format::Pem => Zeroizing::new(made.certificate.clone()),
        Format::PemBundle => {
            let key = private_key.unwrap_or_default();
            let mut bundle = Zeroizing::new(String::with_capacity(16 * 1024));
            bundle.extend([key, &made.certificate]);
            bundle.extend(chain.iter().map(String::as_str));
            bundle
        }
    };
    let parts = Parts {
        certificate: &text,
        private_key,
        issuing_ca: &issuer.certified.certificate,
        ca_chain: &chain,
    };
    let mut value = Zeroizing::new(Vec::with_capacity(64 * 1024));
    serde_json::to_writer(&mut *value, &parts).map_err(|error| EngineError::Damaged(error.to_string()))?;
    let bundle = Bundle {
        certificate: &made.certificate,
        private_key: None,
        intermediate: None,
    };
    let facts = bundle
        .facts_of_own()
        .ok_or_else(|| EngineError::Damaged("a certificate that was just made can't be read".into()))?;
    Ok(Issued {
        value,
        facts,
        issuance: PrivateIssuance {
            template: template.name.clone(),
            authority: issuer.config.name.clone(),
            key: template.facts.key.label(),
            order,
            revocations: Vec::new(),
        },
        also: ledger::added(issuer.config.id, &made.serial, made.expires)?,
    })
}
