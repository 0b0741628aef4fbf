//! The private key of a certificate: made in the device, and handed out once.
//!
//! It leaves wrapped with AES-KWP (RFC 5649) for a key that this host draws for the one request and that is wiped with it.
//! To the device that is a recipient like any other outside: the export policy has to allow any.

use super::key::{KeyAlgorithm, KeySpec};
use super::order::KeyFormat;
use super::refused;
use crate::engine::collection::CollectionId;
use crate::engine::keys::NewKey;
use crate::engine::managed::der;
use crate::engine::secret::SecretPath;
use crate::engine::{Engine, EngineError};
use crate::hsm::ErrorKind;
use crate::pem;
use casemate_common::blob::{KeyType, Template, Usage, Usages};
use casemate_common::command::Recipient;
use casemate_common::keyring::KeyringId;
use casemate_firmware::crypto::{Aes256, Key256, SoftwareAes256, kwp};
use x509_cert::der::asn1::{Any, OctetStringRef};
use x509_cert::der::{Decode, Encode, Tag, TagNumber};
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use zeroize::Zeroizing;

/// A key pair whose private half is about to leave.
pub(super) struct LeafKey {
    /// SubjectPublicKeyInfo in DER.
    pub(super) public: Vec<u8>,
    /// PKCS#8 in DER.
    pkcs8: Zeroizing<Vec<u8>>,
    spec: KeySpec,
}

impl Engine {
    /// Makes a key pair in the device and takes it out.
    pub(super) async fn leaf_key(
        &self,
        collection: CollectionId,
        spec: KeySpec,
    ) -> Result<LeafKey, EngineError> {
        let path = SecretPath::parse("leaf").map_err(|bad| EngineError::Damaged(bad.to_string()))?;
        let new = NewKey {
            key_type: spec.key_type(),
            usages: Usages::NONE,
            distributable: true,
        };
        let blob = Zeroizing::new(self.make_key(collection, &path, new).await?);
        let keyring = self.collection(collection)?.keyring();
        Ok(LeafKey {
            public: self.hsm.describe_key(keyring, &blob).await?.public_key,
            pkcs8: self.take_out(keyring, &blob).await?,
            spec,
        })
    }

    /// A distributable key in the clear: PKCS#8 in DER.
    pub(in crate::engine) async fn take_out(
        &self,
        keyring: KeyringId,
        blob: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EngineError> {
        let mut carrier = Key256::zero();
        getrandom::fill(carrier.as_mut_bytes())
            .map_err(|_| EngineError::Damaged("this host has no random bytes".into()))?;
        let template = Template::new(KeyType::Aes256, Usages::of(&[Usage::Wrap]), false, 0)
            .map_err(|code| EngineError::Hsm(code.into()))?;
        let recipient = self.hsm.import_key(keyring, template, carrier.as_bytes()).await?;
        let recipient = Recipient::Kwp { key: &recipient };
        let wrapped = self.hsm.wrap_key(keyring, blob, recipient).await;
        let mut wrapped = Zeroizing::new(wrapped.map_err(|error| match error.kind() {
            ErrorKind::Forbidden => refused(
                "the device's export policy lets no private key out: give a csr, or have an officer allow it \
                 (casemate device key policy any)",
            ),
            _ => error.into(),
        })?);
        let pkcs8 = kwp::unwrap(&SoftwareAes256::new(&carrier), &mut wrapped)
            .map_err(|_| EngineError::Damaged("the device's wrapped key does not unwrap".into()))?;
        Ok(Zeroizing::new(pkcs8.to_vec()))
    }
}

impl LeafKey {
    /// The private key in PEM.
    pub(super) fn pem(&self, format: KeyFormat) -> Result<Zeroizing<String>, EngineError> {
        if format == KeyFormat::Pkcs8 {
            return Ok(pem::encode("PRIVATE KEY", &self.pkcs8));
        }
        let damaged = || EngineError::Damaged("the device's key is no PKCS#8".into());
        let inner = der::pkcs8_key(&self.pkcs8).ok_or_else(damaged)?;
        match self.spec.key_type {
            KeyAlgorithm::Rsa => Ok(pem::encode("RSA PRIVATE KEY", inner.key)),
            KeyAlgorithm::Ec => Ok(pem::encode(
                "EC PRIVATE KEY",
                &sec1(&inner, &self.public).ok_or_else(damaged)?,
            )),
        }
    }
}

/// `ECPrivateKey` with its curve and its public key in it (RFC 5915), which PKCS#8 names elsewhere or not at all.
fn sec1(inner: &der::Pkcs8Key<'_>, public: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (scalar, _) = der::ec_key(inner.key)?;
    let tagged = |number: u32, contents: &[u8]| {
        let tag = Tag::ContextSpecific {
            constructed: true,
            number: TagNumber(number),
        };
        Any::new(tag, contents).and_then(|any| any.to_der()).ok()
    };
    let curve = Any::new(Tag::ObjectIdentifier, inner.parameters);
    let curve = curve.and_then(|oid| oid.to_der()).ok()?;
    let public = SubjectPublicKeyInfoOwned::from_der(public).ok()?;
    let point = public.subject_public_key.to_der().ok()?;
    let scalar = OctetStringRef::new(scalar).and_then(|scalar| scalar.to_der());
    let scalar = Zeroizing::new(scalar.ok()?);
    let parts = [&[2, 1, 1][..], &scalar, &tagged(0, &curve)?, &tagged(1, &point)?];
    let parts = Zeroizing::new(parts.concat());
    // For all three curves less than 256 bytes.
    let len = u8::try_from(parts.len()).ok()?;
    let head: &[u8] = if len < 0x80 {
        &[0x30, len]
    } else {
        &[0x30, 0x81, len]
    };
    Some(Zeroizing::new([head, &parts].concat()))
}
