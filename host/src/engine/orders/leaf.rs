//! The key of a certificate, and the request that it signs.

use crate::engine::collection::CollectionId;
use crate::engine::issuing::KeySpec;
use crate::engine::keys::NewKey;
use crate::engine::secret::SecretPath;
use crate::engine::{Engine, EngineError};
use crate::hsm::ToSign;
use crate::x509::{self, BadX509, Signer};
use casemate_common::blob::{Usage, Usages};
use x509_cert::builder::RequestBuilder;
use x509_cert::der::Encode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::name::Name;

impl Engine {
    /// Makes a key for a certificate that is ordered; it leaves the device when that has come.
    pub(super) async fn make_leaf(
        &self,
        collection: CollectionId,
        spec: KeySpec,
    ) -> Result<Vec<u8>, EngineError> {
        let path = SecretPath::parse("leaf").map_err(|bad| EngineError::Damaged(bad.to_string()))?;
        let new = NewKey {
            key_type: spec.key_type(),
            usages: Usages::of(&[Usage::Sign]),
            distributable: true,
        };
        self.make_key(collection, &path, new).await
    }

    /// A request for a certificate of these names (RFC 8555, section 7.4), in DER.
    pub(super) async fn leaf_request(
        &self,
        collection: CollectionId,
        blob: &[u8],
        names: &[String],
    ) -> Result<Vec<u8>, EngineError> {
        let keyring = self.collection(collection)?.keyring();
        let signer = Signer::of(self.hsm.describe_key(keyring, blob).await?.public_key)?;
        let sans: Result<Vec<_>, _> = names.iter().map(|name| x509::dns(name)).collect();
        let mut builder = RequestBuilder::new(Name::default()).map_err(BadX509::from)?;
        builder
            .add_extension(&SubjectAltName(sans?))
            .map_err(BadX509::from)?;
        let body = signer.body(&mut builder)?;
        let signature = self
            .hsm
            .sign(keyring, blob, signer.scheme(), ToSign::Message(&body))
            .await?;
        Ok(signer.finish(builder, &signature)?.to_der()?)
    }
}
