//! Ordering: the first time, again, and by itself.

use super::change::moved;
use super::{DnsProvider, Proof, PublicTerms, State};
use crate::engine::collection::CollectionId;
use crate::engine::configurations::ConfigKind;
use crate::engine::issuing::KeySpec;
use crate::engine::managed::{Found, Issuance, Kind, NewSecret, path_of_secret};
use crate::engine::secret::SecretRow;
use crate::engine::{Engine, EngineError};
use uuid::Uuid;

/// A name for `dns` that stands for no configuration: users make the records.
pub(super) const MANUAL: &str = "manual";

/// A certificate to be ordered.
pub struct NewPublicCertificate {
    /// What its secret has beside.
    pub secret: NewSecret,
    /// The authority's configuration.
    pub ca: String,
    /// The DNS provider's configuration, or `manual`.
    pub dns: String,
    /// The common name, then the others.
    pub names: Vec<String>,
    /// Whether the issuers' certificates follow the certificate in one text.
    pub bundle: bool,
    /// The key's kind.
    pub key: KeySpec,
    /// Whether it is renewed by itself.
    pub auto_rotate: bool,
    /// Whether it gets another key then.
    pub rotate_keys: bool,
}

impl Engine {
    /// Makes a secret whose certificate is ordered; it comes later, by [`Engine::drive_order`]. Let the future run to its
    /// end: see [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::BadChange`] for an authority or a DNS provider that is not there, and those of [`Engine::create`].
    pub async fn order_certificate(
        &self,
        collection: CollectionId,
        new: NewPublicCertificate,
    ) -> Result<(Found, SecretRow), EngineError> {
        let _configs_stay = self.using_configs().await;
        let ca = self.config::<super::PublicAuthority>(ConfigKind::PublicAuthority, &new.ca);
        ca.map_err(|error| unknown("ca", "certificate authority", error))?;
        if new.dns != MANUAL {
            let dns = self.config::<DnsProvider>(ConfigKind::DnsProvider, &new.dns);
            dns.map_err(|error| unknown("dns", "DNS provider", error))?;
        }
        let now = self.now();
        let mut terms = PublicTerms {
            ca: new.ca,
            dns: new.dns,
            names: new.names,
            bundle: new.bundle,
            key: new.key,
            auto_rotate: new.auto_rotate,
            rotate_keys: new.rotate_keys,
            ordered: now,
            auto_rotated: false,
            state: State::Pending,
            proof: Proof::default(),
            revoked: None,
            blob: Vec::new(),
            order: None,
            due: None,
        };
        terms.begin(now, &new.secret.edition.author, (false, true));
        let secret = NewSecret {
            issuance: Some(Issuance::Public(terms)),
            ..new.secret
        };
        let id = Uuid::new_v4();
        let path = path_of_secret(Kind::PublicCertificate, id)?;
        let found = Found { collection, id, path };
        let row = self
            .create_as(id, collection, secret, moved(&found, None, Some(now)))
            .await?;
        Ok((found, row))
    }

    /// Orders a certificate anew; the old one stays until the new one has come.
    ///
    /// # Errors
    /// [`EngineError::BadChange`] while an order is under way or where the first has failed,
    /// [`EngineError::Locked`], and those of the store.
    pub async fn reorder_certificate(
        &self,
        found: &Found,
        author: &str,
        rotate_keys: bool,
    ) -> Result<SecretRow, EngineError> {
        let row = self.describe(found)?;
        row.check_rotatable(self.now())?;
        if row.current == 0 {
            let why = "the secret has no certificate to rotate; if its order has failed, delete it and create another";
            return Err(EngineError::BadChange(why.into()));
        }
        self.note_order(found, |terms, now| {
            if terms.is_open() {
                let why = "an order is under way; wait for its end";
                return Err(EngineError::BadChange(why.into()));
            }
            terms.begin(now, author, (false, rotate_keys));
            Ok(())
        })
        .await
    }

    /// Notes that the records of an order are in the DNS, where users make them.
    ///
    /// # Errors
    /// [`EngineError::BadChange`] where no order waits for that, and those of the store.
    pub async fn confirm_records(&self, found: &Found) -> Result<SecretRow, EngineError> {
        self.note_order(found, |terms, now| {
            if !terms.is_manual() || !terms.is_open() || terms.proof.records.is_empty() {
                let why = "no order of this secret waits for DNS records that a user makes";
                return Err(EngineError::BadChange(why.into()));
            }
            terms.proof.validated = Some(now);
            terms.due = Some(now);
            Ok(())
        })
        .await
    }
}

/// As a part of an order names it: the order itself is where it should be.
fn unknown(field: &str, what: &str, error: EngineError) -> EngineError {
    match error {
        EngineError::ConfigNotFound(name) => EngineError::BadChange(format!(
            "{field}: there is no configuration of a {what} named {name}"
        )),
        error => error,
    }
}
