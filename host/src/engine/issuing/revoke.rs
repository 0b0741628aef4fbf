//! Revoking certificates of secrets and of intermediate authorities.

use super::authority::{Authority, SigningMethod};
use super::issuer::Serial;
use super::secret::Revocation;
use super::{ledger, refused};
use crate::engine::configurations::{Config, ConfigKind};
use crate::engine::managed::{Found, Issuance, Which};
use crate::engine::secret::SecretRow;
use crate::engine::secret::change::{Needs, Outcome, Snapshot};
use crate::engine::{Engine, EngineError};
use tracing::warn;

impl Engine {
    /// Revokes the certificate of a secret: of the current version where every version is unlocked, or of one that is
    /// unlocked itself. One that is revoked stays as it is. Let the future run to its end: see [`Engine::configure`].
    ///
    /// # Errors
    /// [`EngineError::SecretNotFound`], [`EngineError::VersionNotFound`], [`EngineError::Locked`] and those of the store.
    pub async fn revoke_certificate(
        &self,
        found: &Found,
        which: Option<Which>,
    ) -> Result<SecretRow, EngineError> {
        let row = self.describe(found)?;
        let issuance = row.private_issuance().ok_or(EngineError::SecretNotFound)?;
        let authority = self.authority(&issuance.authority)?;
        let revoked = self
            .change(found.collection, &found.path, Needs::Metadata, |snapshot| {
                self.revocation(snapshot, &authority, which)
            })
            .await;
        self.refresh_catalogue(found)?;
        let row = revoked?;
        self.publish_revocation(&authority).await;
        Ok(row)
    }

    fn revocation(
        &self,
        snapshot: &mut Snapshot,
        authority: &Config<Authority>,
        which: Option<Which>,
    ) -> Result<(Outcome, SecretRow), EngineError> {
        let mut row = snapshot.row.take().ok_or(EngineError::SecretNotFound)?;
        let managed = row.managed.as_deref().ok_or(EngineError::SecretNotFound)?;
        let edition = managed.edition(which.unwrap_or(Which::Current));
        let edition = edition.ok_or(EngineError::VersionNotFound)?;
        let (number, certificate) = (edition.number, edition.certificate.clone());
        match which {
            None => row.check_removable()?,
            Some(_) => row.check_unlocked(number)?,
        }
        let certificate = certificate.ok_or(EngineError::VersionNotFound)?;
        let serial = serial(&certificate.serial_number)?;
        let (batch, since) = ledger::revoked(&*self.store, authority.id, &serial, snapshot.now)?;
        let also = batch.and(self.list_due(authority.id)?);
        if let Some(Issuance::Private(issuance)) = row.issuance.as_deref_mut()
            && issuance.revoked(number).is_none()
        {
            issuance.revocations.push(Revocation { number, since });
        }
        let current = number == row.current;
        if let Some(managed) = row.managed.as_mut().filter(|_| current) {
            managed.policy = None;
        }
        row.updated = snapshot.now;
        let outcome = Outcome::Changed {
            row: row.clone(),
            seal: None,
            drop: Vec::new(),
            also,
        };
        Ok((outcome, row))
    }

    /// Revokes the certificate of an intermediate authority of ours that another of ours has signed.
    ///
    /// # Errors
    /// [`EngineError::ConfigNotFound`], [`EngineError::BadChange`] where the number is not that of its certificate or nobody
    /// here has signed it, and those of the store.
    pub async fn revoke_authority(&self, name: &str, number: &str) -> Result<Config<Authority>, EngineError> {
        let _issuer_stays = self.using_configs().await;
        let kind = ConfigKind::IntermediateAuthority;
        let config: Config<Authority> = self.config(kind, name)?;
        let settings = &config.facts.settings;
        let issuer = settings
            .issuer
            .as_deref()
            .filter(|_| settings.signing_method == Some(SigningMethod::Internal));
        let issuer = issuer
            .ok_or_else(|| refused("only authorities with the signing_method internal are revoked here"))?;
        let own = config
            .facts
            .certified
            .as_ref()
            .map(|certified| serial(&certified.serial_number));
        let number = serial(number)?;
        if own.transpose()? != Some(number) {
            return Err(refused(format!(
                "serial_number is not that of the certificate of {name}"
            )));
        }
        let issuer = self.authority(issuer)?;
        let now = self.now();
        let revoked = self
            .change_config((kind, name), |config: &mut Config<Authority>| {
                let (batch, since) = ledger::revoked(&*self.store, issuer.id, &number, now)?;
                config.facts.revoked = Some(since);
                Ok(batch.and(self.list_due(issuer.id)?))
            })
            .await?;
        self.publish_revocation(&issuer).await;
        Ok(revoked)
    }

    /// Publishes what was revoked. It is noted that the list is due: where it can't be made now, it is made later.
    async fn publish_revocation(&self, authority: &Config<Authority>) {
        if let Err(error) = self.renew_list(authority).await {
            warn!(authority = %authority.name, %error, "can't make a revocation list now; trying again later");
        }
    }
}

/// The serial number of hexadecimal digits, with or without colons.
fn serial(text: &str) -> Result<Serial, EngineError> {
    let digits: String = text.chars().filter(|&c| c != ':').collect();
    let bytes = hex::decode(digits)
        .ok()
        .and_then(|bytes| Serial::try_from(bytes.as_slice()).ok());
    bytes.ok_or_else(|| refused("serial_number must be the certificate's 20 bytes in hexadecimal digits"))
}
