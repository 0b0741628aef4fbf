//! Revocation lists (RFC 5280, section 5): made when an authority is, after every revocation, on demand, and again when
//! half the time of one has passed.

use super::issuer::Issuer;
use super::profile::key_identifier;
use super::{Authority, ledger};
use crate::engine::clock::Time;
use crate::engine::configurations::{Config, ConfigKind};
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError, rows};
use crate::store::{Batch, commit_anew};
use crate::x509::{self, BadX509};
use serde::{Deserialize, Serialize};
use tracing::warn;
use uuid::Uuid;
use x509_cert::Version;
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::der::Encode;
use x509_cert::der::asn1::BitString;
use x509_cert::ext::ToExtension;
use x509_cert::ext::pkix::CrlNumber;
use x509_cert::serial_number::SerialNumber;

/// An authority's revocation list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationList {
    /// Grows with every list.
    number: u64,
    /// The list in DER.
    pub der: Vec<u8>,
    /// When the next is to be made.
    due: Time,
}

/// Ended certificates that are forgotten with one list at most; bounds a batch.
const FORGOTTEN: usize = 1000;

pub(super) fn key(authority: Uuid) -> Vec<u8> {
    [b"crl/", &authority.as_bytes()[..]].concat()
}

impl Engine {
    /// The revocation list of an authority; `None` where it makes none.
    ///
    /// # Errors
    /// Those of the store.
    pub fn revocation_list(
        &self,
        authority: &Config<Authority>,
    ) -> Result<Option<RevocationList>, EngineError> {
        let (list, _) = self.stored_list(authority.id)?;
        Ok(list.filter(|_| !authority.facts.settings.crl_disable))
    }

    /// Makes an authority's next revocation list.
    ///
    /// # Errors
    /// [`EngineError::ConfigNotFound`], [`EngineError::BadChange`] where the authority can't sign, and those of device and
    /// store.
    pub async fn rotate_list(&self, kind: ConfigKind, name: &str) -> Result<Config<Authority>, EngineError> {
        let authority: Config<Authority> = self.config(kind, name)?;
        let issuer = self.issuer(name).await?;
        self.make_list(&issuer).await?;
        Ok(authority)
    }

    /// Makes the list of an authority anew if it can sign and makes lists.
    pub(super) async fn renew_list(&self, authority: &Config<Authority>) -> Result<(), EngineError> {
        let Authority {
            settings,
            certified,
            revoked,
            ..
        } = &authority.facts;
        let alive = certified
            .as_ref()
            .is_some_and(|certified| certified.expires > self.now());
        if settings.crl_disable || revoked.is_some() || !alive {
            return Ok(());
        }
        let issuer = self.issuer(&authority.name).await?;
        self.make_list(&issuer).await
    }

    /// Makes the lists whose time has come. What can't be made now is tried again the next time.
    pub(in crate::engine) async fn renew_lists(&self, now: Time) -> Result<(), EngineError> {
        for authority in self.authorities()? {
            let (list, _) = self.stored_list(authority.id)?;
            if list.is_some_and(|list| list.due > now) {
                continue;
            }
            if let Err(error) = self.renew_list(&authority).await {
                warn!(authority = %authority.name, %error, "can't make a revocation list; trying again later");
            }
        }
        Ok(())
    }

    /// What makes the next list due at once.
    pub(super) fn list_due(&self, authority: Uuid) -> Result<Batch, EngineError> {
        let (list, raw) = self.stored_list(authority)?;
        let Some(list) = list else { return Ok(Batch::new()) };
        let due = rows::encode(&RevocationList {
            due: Time::from_nanos(0),
            ..list
        })?;
        let key = key(authority);
        Ok(Batch::new().expect(key.as_slice(), raw.as_deref()).put(key, due))
    }

    fn stored_list(&self, authority: Uuid) -> Result<(Option<RevocationList>, Option<Vec<u8>>), EngineError> {
        let raw = self.store.get(&key(authority))?;
        let list = raw.as_deref().map(|raw| rows::decode(raw, "a revocation list"));
        Ok((list.transpose()?, raw))
    }

    async fn make_list(&self, issuer: &Issuer) -> Result<(), EngineError> {
        let authority = issuer.config.id;
        commit_anew(&*self.store, || async move {
            let now = self.now();
            let (old, raw) = self.stored_list(authority)?;
            let ledger::Current { revoked, mut ended } = ledger::current(&*self.store, authority, now)?;
            ended.truncate(FORGOTTEN);
            let number = old.map_or(1, |old| old.number.saturating_add(1));
            let expiry = Span::from_secs(issuer.config.facts.settings.crl_expiry);
            let next = now.after(expiry);
            let der = self.sign_list(issuer, (now, next), number, &revoked).await?;
            let half = Span::from_secs(issuer.config.facts.settings.crl_expiry / 2);
            let list = rows::encode(&RevocationList {
                number,
                der,
                due: now.after(half),
            })?;
            let key = key(authority);
            let batch = Batch::new().expect(key.as_slice(), raw.as_deref()).put(key, list);
            Ok(ended.into_iter().fold(batch, Batch::delete))
        })
        .await
    }

    async fn sign_list(
        &self,
        issuer: &Issuer,
        (now, next): (Time, Time),
        number: u64,
        revoked: &[(super::issuer::Serial, Time)],
    ) -> Result<Vec<u8>, EngineError> {
        let (key, signer) = issuer.hand();
        let subject = issuer.certificate.tbs_certificate().subject().clone();
        let identifier = key_identifier(&issuer.certificate).map_err(BadX509::from)?;
        let extensions = vec![
            identifier.to_extension(&subject, &[])?,
            CrlNumber::try_from(number)?.to_extension(&subject, &[])?,
        ];
        let entries: Result<Vec<_>, EngineError> = revoked
            .iter()
            .map(|(serial, since)| entry(serial, *since))
            .collect();
        let entries = Some(entries?).filter(|entries| !entries.is_empty());
        let body = TbsCertList {
            version: Version::V2,
            signature: signer.algorithm()?,
            issuer: subject,
            this_update: x509::time(now)?,
            next_update: Some(x509::time(next)?),
            revoked_certificates: entries,
            crl_extensions: Some(extensions),
        };
        let signature = self.sign(key, signer.scheme(), &body.to_der()?).await?;
        let list: CertificateList = CertificateList {
            signature_algorithm: body.signature.clone(),
            signature: BitString::from_bytes(&signer.encoded(&signature)?)?,
            tbs_cert_list: body,
        };
        Ok(list.to_der()?)
    }
}

fn entry(serial: &[u8], since: Time) -> Result<RevokedCert, EngineError> {
    Ok(RevokedCert {
        serial_number: SerialNumber::new(serial)?,
        revocation_date: x509::time(since)?,
        crl_entry_extensions: None,
    })
}
