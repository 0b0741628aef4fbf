use super::Failure;
use crate::attestation::is_signed;
use crate::cli::device::{Reached, reach};
use crate::cli::files::{der, read};
use crate::hsm::{Address, ToSign};
use casemate_common::blob::KeyType;
use casemate_common::command::{SignatureHash, SignatureScheme};
use casemate_common::image::{Manifest, SIGNATURE_LEN, Signer as KeyName};
use casemate_common::keyring::KeyringId;
use p256::PublicKey;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::{DecodePrivateKey, DecodePublicKey};
use sha2::{Digest, Sha256};
use std::path::Path;
use zeroize::Zeroizing;

/// Anybody has it: it protects nothing, and serves to try things out (`boards/shared/src/image_key`).
const DEVELOPMENT: &str = include_str!("../../../../boards/keys/development.pem");

/// The first byte of an uncompressed point (SEC 1, section 2.3.3).
const UNCOMPRESSED: u8 = 0x04;

/// The public half of a key that signs images: an uncompressed point of P-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct PublicPoint([u8; 65]);

impl PublicPoint {
    /// Reads the key of a file: SubjectPublicKeyInfo, or a private key as PKCS#8, in PEM or DER.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let key = der(path)?;
        if let Ok(signer) = FileKey::parse(&key) {
            return signer.public();
        }
        Self::parse(&key).ok_or_else(|| format!("{}: this is no key of P-256", path.display()).into())
    }

    /// The key with this name that a program has in it.
    pub(in crate::cli) fn named(program: &[u8], name: KeyName) -> Option<Self> {
        let points = program.array_windows().filter(|point| point[0] == UNCOMPRESSED);
        points.copied().map(Self).find(|point| point.name() == name)
    }

    fn parse(spki: &[u8]) -> Option<Self> {
        Self::of(&PublicKey::from_public_key_der(spki).ok()?)
    }

    fn of(key: &PublicKey) -> Option<Self> {
        key.to_sec1_bytes().as_ref().try_into().ok().map(Self)
    }

    /// The development key.
    pub(in crate::cli) fn development() -> Result<Self, Failure> {
        FileKey::development()?.public()
    }

    #[cfg(test)]
    pub(super) const fn as_bytes(&self) -> &[u8; 65] {
        &self.0
    }

    /// What images call the key.
    pub(in crate::cli) fn name(&self) -> KeyName {
        KeyName(Sha256::digest(self.0).into())
    }

    /// Whether it has signed this.
    pub(in crate::cli) fn has_signed(&self, manifest: &Manifest, signature: &[u8; SIGNATURE_LEN]) -> bool {
        is_signed(&self.0, &manifest.encode(), signature)
    }
}

/// A key that can sign.
pub(in crate::cli) enum Signer {
    /// In this process.
    File(FileKey),
    /// In a device, which it never leaves.
    Device(DeviceKey),
}

impl Signer {
    /// The development key.
    pub(in crate::cli) fn development() -> Result<Self, Failure> {
        FileKey::development().map(Self::File)
    }

    /// The key in a file: PKCS#8, in PEM or DER.
    pub(in crate::cli) fn of_file(path: &Path) -> Result<Self, Failure> {
        FileKey::parse(&der(path)?)
            .map(Self::File)
            .map_err(|error| format!("{}: {error}", path.display()).into())
    }

    /// The key of this blob, under a keyring of this device.
    pub(super) async fn of_device(
        device: &Address,
        data: &Path,
        keyring: KeyringId,
        blob: &Path,
    ) -> Result<Self, Failure> {
        let reached = reach(device, data)?;
        let name = blob.display();
        let blob = read(blob)?;
        let description = reached.hsm.describe_key(keyring, &blob).await?;
        if description.attributes.template.key_type() != KeyType::P256 {
            return Err(
                format!("{name}: images are signed by a key of P-256, and this is another type").into(),
            );
        }
        let public = PublicPoint::parse(&description.public_key);
        Ok(Self::Device(DeviceKey {
            public: public.ok_or("the device tells a public key that is none")?,
            device: reached,
            keyring,
            blob,
        }))
    }

    /// Its public half.
    pub(super) fn public(&self) -> Result<PublicPoint, Failure> {
        match self {
            Self::File(key) => key.public(),
            Self::Device(key) => Ok(key.public),
        }
    }

    /// Its signature, which was checked.
    pub(super) async fn sign(&self, manifest: &Manifest) -> Result<[u8; SIGNATURE_LEN], Failure> {
        let message = manifest.encode();
        let signature = match self {
            Self::File(key) => key.sign(&message),
            Self::Device(key) => key.sign(&message).await?,
        };
        let signature = signature
            .try_into()
            .map_err(|_| "the signature is not of a signature's length")?;
        if !self.public()?.has_signed(manifest, &signature) {
            return Err("the signature does not verify".into());
        }
        Ok(signature)
    }
}

/// A key in this process.
pub(in crate::cli) struct FileKey(SigningKey);

impl FileKey {
    fn parse(pkcs8: &[u8]) -> Result<Self, Failure> {
        SigningKey::from_pkcs8_der(pkcs8)
            .map(Self)
            .map_err(|_| "this is no private key of P-256 as PKCS#8, in PEM or DER".into())
    }

    fn development() -> Result<Self, Failure> {
        let pkcs8: Zeroizing<Vec<u8>> =
            crate::pem::decode(DEVELOPMENT).ok_or("the development key is no PEM")?;
        Self::parse(&pkcs8)
    }

    fn public(&self) -> Result<PublicPoint, Failure> {
        let key = PublicKey::from(self.0.verifying_key());
        PublicPoint::of(&key).ok_or_else(|| "the key has no public half".into())
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.0.sign(message);
        signature.to_bytes().to_vec()
    }
}

/// A key in a device.
pub(in crate::cli) struct DeviceKey {
    device: Reached,
    keyring: KeyringId,
    blob: Zeroizing<Vec<u8>>,
    public: PublicPoint,
}

impl DeviceKey {
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Failure> {
        let scheme = SignatureScheme::Ecdsa(SignatureHash::Sha256);
        let input = ToSign::Message(message);
        Ok(self
            .device
            .hsm
            .sign(self.keyring, &self.blob, scheme, input)
            .await?)
    }
}
