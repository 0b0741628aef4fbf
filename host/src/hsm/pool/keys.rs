//! Keys are blobs under keyrings that all devices hold, so any of them does it: see the table in [`super`].

use super::search::Search;
use super::{Pool, anywhere};
use crate::hsm::{Attestation, Description, ExportStatus, HsmError, Keys, Progress, ToSign};
use async_trait::async_trait;
use casemate_common::attestation::CHALLENGE_LEN;
use casemate_common::blob::Template;
use casemate_common::command::{OaepHash, Recipient, SignatureScheme, WrapScheme};
use casemate_common::keyring::KeyringId;
use zeroize::Zeroizing;

#[async_trait]
impl Keys for Pool {
    async fn generate_key(
        &self,
        keyring: KeyringId,
        template: Template,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Vec<u8>, HsmError> {
        anywhere!(self, Some(keyring), |hsm| hsm
            .generate_key(keyring, template, progress))
    }

    async fn import_key(
        &self,
        keyring: KeyringId,
        template: Template,
        material: &[u8],
    ) -> Result<Vec<u8>, HsmError> {
        anywhere!(self, Some(keyring), |hsm| hsm
            .import_key(keyring, template, material))
    }

    async fn describe_key(&self, keyring: KeyringId, blob: &[u8]) -> Result<Description, HsmError> {
        anywhere!(self, Some(keyring), |hsm| hsm.describe_key(keyring, blob))
    }

    async fn attest_key(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        challenge: [u8; CHALLENGE_LEN],
    ) -> Result<Attestation, HsmError> {
        anywhere!(self, Some(keyring), |hsm| hsm
            .attest_key(keyring, blob, challenge))
    }

    async fn sign(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        scheme: SignatureScheme,
        input: ToSign<'_>,
    ) -> Result<Vec<u8>, HsmError> {
        anywhere!(self, Some(keyring), |hsm| hsm.sign(keyring, blob, scheme, input))
    }

    async fn decipher(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        hash: OaepHash,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        anywhere!(self, Some(keyring), |hsm| hsm
            .decipher(keyring, blob, hash, ciphertext))
    }

    async fn encrypt(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        associated: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, HsmError> {
        anywhere!(self, Some(keyring), |hsm| hsm
            .encrypt(keyring, blob, associated, plaintext))
    }

    async fn decrypt(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        anywhere!(self, Some(keyring), |hsm| hsm
            .decrypt(keyring, blob, associated, sealed))
    }

    async fn mac(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        labels: &[&[u8]],
        message: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        anywhere!(self, Some(keyring), |hsm| hsm.mac(keyring, blob, labels, message))
    }

    async fn wrap_key(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        recipient: Recipient<'_>,
    ) -> Result<Vec<u8>, HsmError> {
        anywhere!(self, Some(keyring), |hsm| hsm.wrap_key(keyring, blob, recipient))
    }

    async fn unwrap_key(
        &self,
        keyring: KeyringId,
        template: Template,
        transport: &[u8],
        scheme: WrapScheme,
        wrapped: &[u8],
    ) -> Result<Vec<u8>, HsmError> {
        anywhere!(self, Some(keyring), |hsm| hsm
            .unwrap_key(keyring, template, transport, scheme, wrapped))
    }

    async fn export_policy(&self) -> Result<ExportStatus, HsmError> {
        anywhere!(self, None, |hsm| hsm.export_policy())
    }
}
