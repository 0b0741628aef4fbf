//! What an authority has issued becomes a version; and is revoked.

use super::change::moved;
use super::{PublicTerms, State};
use crate::engine::managed::{Bundle, Found, Issuance, Kind, NewEdition, Rotation, chain_of};
use crate::engine::secret::SecretRow;
use crate::engine::{Engine, EngineError};
use crate::pem;
use serde::{Deserialize, Serialize};
use tracing::info;
use zeroize::Zeroizing;

/// What is sealed, and answered as `secret_data`.
#[derive(Serialize)]
struct Parts<'p> {
    certificate: &'p str,
    private_key: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    intermediate: Option<&'p str>,
}

#[derive(Deserialize)]
struct Sealed {
    certificate: String,
}

impl Engine {
    /// Seals a certificate, with what leads from it to the root and its key, as the next version.
    pub(super) async fn finish_order(
        &self,
        found: &Found,
        terms: &PublicTerms,
        chain: &str,
    ) -> Result<SecretRow, EngineError> {
        let progress = terms.order.as_ref().ok_or(EngineError::SecretNotFound)?;
        let bad = || EngineError::Damaged("the authority's certificate".into());
        let (leaf, rest) = chain_of(chain).ok_or_else(bad)?;
        let keyring = self.collection(found.collection)?.keyring();
        let pkcs8 = self.take_out(keyring, &progress.blob).await?;
        let private_key = pem::encode("PRIVATE KEY", &pkcs8);
        let intermediate = (!rest.is_empty()).then_some(rest.as_str());
        let facts = Bundle {
            certificate: &leaf,
            private_key: Some(&private_key),
            intermediate,
        }
        .check(self.now())
        .map_err(|bad| EngineError::BadChange(format!("the authority's certificate can't be used: {bad}")))?;
        let whole = if terms.bundle {
            format!("{leaf}{rest}")
        } else {
            leaf
        };
        let parts = Parts {
            certificate: &whole,
            private_key: &private_key,
            intermediate,
        };
        // As large as it gets: a buffer that grew would leave the key behind.
        let mut value = Zeroizing::new(Vec::with_capacity(
            2 * (chain.len() + whole.len() + private_key.len()),
        ));
        serde_json::to_writer(&mut *value, &parts).map_err(|_| bad())?;
        let after = PublicTerms {
            state: State::Issued,
            blob: progress.blob.clone(),
            order: None,
            revoked: None,
            due: terms.renewal(facts.not_before, facts.not_after),
            ..terms.clone()
        };
        let rotation = Rotation {
            expires: Some(Some(facts.not_after)),
            also: moved(found, terms.due, after.due).and(terms.spent(self.now())?),
            issuance: Some(Issuance::Public(after)),
            edition: NewEdition {
                auto_rotated: terms.auto_rotated,
                certificate: Some(facts),
                ..NewEdition::by(&progress.author)
            },
            ..Rotation::default()
        };
        let row = self
            .rotate(found, Kind::PublicCertificate, rotation, |_| Ok(value.clone()))
            .await?;
        info!(secret = %found.id, "a certificate has come");
        Ok(row)
    }

    /// Revokes the current certificate at its authority.
    ///
    /// # Errors
    /// [`EngineError::BadChange`] where there is none or the authority refuses, and those of device and store.
    pub async fn revoke_public_certificate(&self, found: &Found) -> Result<SecretRow, EngineError> {
        let row = self.describe(found)?;
        row.check_unlocked(0)?;
        let terms = row.public_terms().ok_or(EngineError::SecretNotFound)?;
        let collection = self.collection(found.collection)?;
        let none = |_| EngineError::BadChange("the secret has no certificate to revoke".into());
        let value = self.read(&collection, &found.path, 0).await.map_err(none)?.value;
        let sealed: Sealed =
            serde_json::from_slice(&value).map_err(|error| EngineError::Damaged(error.to_string()))?;
        let (leaf, _) =
            chain_of(&sealed.certificate).ok_or_else(|| EngineError::Damaged("a certificate".into()))?;
        let der = pem::decode(&leaf).ok_or_else(|| EngineError::Damaged("a certificate".into()))?;
        let client = self.account(&terms.ca).await?.open().await?;
        client.revoke(&der).await?;
        self.note_order(found, |terms, now| {
            terms.revoked = Some(now);
            if !terms.is_open() {
                terms.due = None;
            }
            Ok(())
        })
        .await
    }
}
