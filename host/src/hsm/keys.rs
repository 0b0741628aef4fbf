use super::HsmError;
use async_trait::async_trait;
use casemate_common::attestation::{CHALLENGE_LEN, Statement};
use casemate_common::blob::{Attributes, Template};
use casemate_common::command::{ExportPolicy, OaepHash, Recipient, SignatureScheme, WrapScheme};
use casemate_common::keyring::KeyringId;
use zeroize::Zeroizing;

/// What a backend does with keys. Each lives outside it as a blob, sealed under a keyring, of a format that is the
/// backend's own; what a blob says cannot be altered, and the backend does with its key only what it was made for.
///
/// Every method answers [`super::ErrorKind::Refused`] for a blob that it did not make under this keyring,
/// [`super::ErrorKind::Forbidden`] for a key that is not made for it, and [`super::ErrorKind::Caller`] where the key's
/// type does not do it.
#[async_trait]
pub trait Keys: Send + Sync {
    /// Makes a key and gives its blob; one for HMAC has 32 bytes. `progress` is told now and then how far it is, where that takes long.
    async fn generate_key(
        &self,
        keyring: KeyringId,
        template: Template,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Vec<u8>, HsmError> {
        let _ = (keyring, template, progress);
        Err(HsmError::unsupported("generate_key"))
    }

    /// Makes a blob of a key that comes in the clear: 32 bytes of an AES key, 16 to 128 of one for HMAC
    /// ([`casemate_common::blob::HmacKey`]), or the PKCS#8 DER of an asymmetric one.
    async fn import_key(
        &self,
        keyring: KeyringId,
        template: Template,
        material: &[u8],
    ) -> Result<Vec<u8>, HsmError> {
        let _ = (keyring, template, material);
        Err(HsmError::unsupported("import_key"))
    }

    /// Checks a blob, and tells what it says and its public key.
    async fn describe_key(&self, keyring: KeyringId, blob: &[u8]) -> Result<Description, HsmError> {
        let _ = (keyring, blob);
        Err(HsmError::unsupported("describe_key"))
    }

    /// Has the device state, signed over this challenge, what the key is and where it came into being.
    async fn attest_key(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        challenge: [u8; CHALLENGE_LEN],
    ) -> Result<Attestation, HsmError> {
        let _ = (keyring, blob, challenge);
        Err(HsmError::unsupported("attest_key"))
    }

    /// Signs. ECDSA signatures are `r ‖ s`, each as long as the curve's order.
    async fn sign(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        scheme: SignatureScheme,
        input: ToSign<'_>,
    ) -> Result<Vec<u8>, HsmError> {
        let _ = (keyring, blob, scheme, input);
        Err(HsmError::unsupported("sign"))
    }

    /// Decrypts with RSA-OAEP, without a label.
    async fn decipher(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        hash: OaepHash,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let _ = (keyring, blob, hash, ciphertext);
        Err(HsmError::unsupported("decipher"))
    }

    /// Encrypts up to 4096 bytes with AES-256-GCM: nonce (12), ciphertext, tag (16).
    async fn encrypt(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        associated: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, HsmError> {
        let _ = (keyring, blob, associated, plaintext);
        Err(HsmError::unsupported("encrypt"))
    }

    /// Decrypts what [`Keys::encrypt`] made.
    async fn decrypt(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let _ = (keyring, blob, associated, sealed);
        Err(HsmError::unsupported("decrypt"))
    }

    /// Makes an HMAC-SHA-256, 32 bytes. `labels`, at most [`casemate_common::command::MAX_MAC_LABELS`]: the key in use is
    /// the code over the last, under the code over the one before, up to the blob's own key.
    async fn mac(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        labels: &[&[u8]],
        message: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let _ = (keyring, blob, labels, message);
        Err(HsmError::unsupported("mac"))
    }

    /// Wraps a key for a recipient; the key must be distributable, and the export policy allow the recipient.
    async fn wrap_key(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        recipient: Recipient<'_>,
    ) -> Result<Vec<u8>, HsmError> {
        let _ = (keyring, blob, recipient);
        Err(HsmError::unsupported("wrap_key"))
    }

    /// Makes a blob of a key that comes wrapped for `transport`, a blob under the same keyring.
    async fn unwrap_key(
        &self,
        keyring: KeyringId,
        template: Template,
        transport: &[u8],
        scheme: WrapScheme,
        wrapped: &[u8],
    ) -> Result<Vec<u8>, HsmError> {
        let _ = (keyring, template, transport, scheme, wrapped);
        Err(HsmError::unsupported("unwrap_key"))
    }

    /// Sets for whom keys may be wrapped. `recipients`: SHA-256 of the public keys (SubjectPublicKeyInfo in DER) that
    /// [`ExportPolicy::Approved`] allows.
    async fn set_export_policy(&self, policy: ExportPolicy, recipients: &[[u8; 32]]) -> Result<(), HsmError> {
        let _ = (policy, recipients);
        Err(HsmError::unsupported("set_export_policy"))
    }

    /// Tells for whom keys may be wrapped.
    async fn export_policy(&self) -> Result<ExportStatus, HsmError> {
        Err(HsmError::unsupported("export_policy"))
    }
}

/// How far the generation of an RSA key is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Primes found, of two.
    pub primes: u8,
    /// Candidates that were tried in all.
    pub candidates: u32,
}

/// What a blob that has been checked says of its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// All that is fixed about it.
    pub attributes: Attributes,
    /// Its public key: SubjectPublicKeyInfo in DER; empty for secret keys.
    pub public_key: Vec<u8>,
}

/// What a device states of one of its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// What it signed.
    pub statement: Statement,
    /// The key's SubjectPublicKeyInfo in DER; empty for secret keys.
    pub public_key: Vec<u8>,
    /// `r ‖ s`.
    pub signature: Vec<u8>,
    /// The identity key that the device signs with, uncompressed.
    pub signing_key: Vec<u8>,
}

/// What to sign.
#[derive(Debug, Clone, Copy)]
pub enum ToSign<'a> {
    /// The digest, made with the scheme's hash.
    Digest(&'a [u8]),
    /// The message, which the backend hashes.
    Message(&'a [u8]),
}

/// For whom keys may be wrapped, and how many were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportStatus {
    /// The policy.
    pub policy: ExportPolicy,
    /// The recipients that [`ExportPolicy::Approved`] allows.
    pub recipients: Vec<[u8; 32]>,
    /// Keys ever wrapped for somebody.
    pub exports: u64,
}
