//! Key commands: the blob travels with each of them.

mod job;

use super::{Data, DeviceHsm, Signed, answer, unreadable};
use crate::hsm::keys::{Attestation, Description, ExportStatus, Keys, Progress, ToSign};
use crate::hsm::{ErrorKind, HsmError};
use async_trait::async_trait;
use casemate_common::attestation::{CHALLENGE_LEN, Statement};
use casemate_common::blob::{KeyBlob, MAX_BLOB_LEN, Template};
use casemate_common::command::{
    ExportPolicy, ExportPolicyGet, ExportPolicySet, ExportRules, FINGERPRINT_LEN, Generated, KeyAttest,
    KeyDecipher, KeyDecrypt, KeyEncrypt, KeyGenerate, KeyImport, KeyMac, KeyPublic, KeyUnwrap, KeyWrap,
    MAX_ENCRYPTED, MAX_MAC_LABELS, MAX_RECIPIENTS, OaepHash, Recipient, Sign, SignInput, SignatureScheme,
    WrapScheme,
};
use casemate_common::keyring::KeyringId;
use casemate_common::record::{CHUNK_LEN, NONCE_LEN, TAG_LEN};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Longest signature: RSA-4096.
const MAX_SIGNATURE: usize = 512;

/// Longest wrapped key: RSA-4096 as PKCS#8, wrapped with AES for RSA-4096.
const MAX_WRAPPED: usize = 512 + 2408;

/// Longest description: attributes, and the public key of RSA-4096.
const MAX_DESCRIPTION: usize = 640;

/// Longest attestation: a description, a signature and the key behind it.
const MAX_ATTESTATION: usize = MAX_DESCRIPTION + 64 + 65;

/// Bytes of a streamed message that the first message has room for beside the longest blob.
const FIRST_PIECE: usize = CHUNK_LEN - MAX_BLOB_LEN;

#[async_trait]
impl Keys for DeviceHsm {
    async fn generate_key(
        &self,
        keyring: KeyringId,
        template: Template,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Vec<u8>, HsmError> {
        let bytes = self
            .ask(&KeyGenerate { keyring, template }, MAX_BLOB_LEN + 32)
            .await?;
        match answer(&bytes)? {
            (Generated::Blob, blob) => checked(blob),
            (Generated::Job(job), _) => job::wait(self, job, progress).await,
        }
    }

    async fn import_key(
        &self,
        keyring: KeyringId,
        template: Template,
        material: &[u8],
    ) -> Result<Vec<u8>, HsmError> {
        let data = whole(at_most(material, MAX_WRAPPED)?);
        checked(
            &self
                .call(&KeyImport { keyring, template }, data, MAX_BLOB_LEN)
                .await?,
        )
    }

    async fn describe_key(&self, keyring: KeyringId, blob: &[u8]) -> Result<Description, HsmError> {
        let blob = bounded(blob)?;
        let bytes = self.ask(&KeyPublic { keyring, blob }, MAX_DESCRIPTION).await?;
        let (attributes, public_key) = answer(&bytes)?;
        Ok(Description {
            attributes,
            public_key: public_key.to_vec(),
        })
    }

    async fn attest_key(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        challenge: [u8; CHALLENGE_LEN],
    ) -> Result<Attestation, HsmError> {
        let command = KeyAttest {
            keyring,
            blob: bounded(blob)?,
            challenge,
        };
        let bytes = self.ask(&command, MAX_ATTESTATION).await?;
        let (attributes, data) = answer(&bytes)?;
        let signed = Signed::split(data)?;
        Ok(Attestation {
            statement: Statement {
                device: self.device_status().await?.device_id,
                attributes,
                public_key: Sha256::digest(signed.rest).into(),
                challenge,
            },
            public_key: signed.rest.to_vec(),
            signature: signed.signature.to_vec(),
            signing_key: signed.key.to_vec(),
        })
    }

    async fn sign(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        scheme: SignatureScheme,
        input: ToSign<'_>,
    ) -> Result<Vec<u8>, HsmError> {
        let (input, data) = match input {
            ToSign::Digest(digest) => (SignInput::Digest, whole(digest)),
            ToSign::Message(message) => (SignInput::Message, streamed(message)),
        };
        let command = Sign {
            keyring,
            blob: bounded(blob)?,
            scheme,
            input,
        };
        Ok(self.call(&command, data, MAX_SIGNATURE).await?.to_vec())
    }

    async fn decipher(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        hash: OaepHash,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let blob = bounded(blob)?;
        let data = whole(at_most(ciphertext, MAX_SIGNATURE)?);
        let command = KeyDecipher { keyring, blob, hash };
        self.call(&command, data, MAX_SIGNATURE).await
    }

    async fn encrypt(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        associated: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, HsmError> {
        let command = KeyEncrypt {
            keyring,
            blob: bounded(blob)?,
            associated,
        };
        let data = at_most(plaintext, MAX_ENCRYPTED)?;
        let sealed_len = NONCE_LEN + plaintext.len() + TAG_LEN;
        let sealed = self.call(&command, whole(data), sealed_len).await?;
        (sealed.len() == sealed_len)
            .then(|| sealed.to_vec())
            .ok_or_else(unreadable)
    }

    async fn decrypt(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let command = KeyDecrypt {
            keyring,
            blob: bounded(blob)?,
            associated,
        };
        let data = at_most(sealed, NONCE_LEN + MAX_ENCRYPTED + TAG_LEN)?;
        self.call(&command, whole(data), sealed.len()).await
    }

    async fn mac(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        labels: &[&[u8]],
        message: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let labels = heapless::Vec::from_slice(labels).map_err(|_| {
            HsmError::new(
                ErrorKind::Caller,
                format!("a code takes at most {MAX_MAC_LABELS} labels"),
            )
        })?;
        let command = KeyMac {
            keyring,
            blob: bounded(blob)?,
            labels,
        };
        self.call(&command, streamed(message), 32).await
    }

    async fn wrap_key(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        recipient: Recipient<'_>,
    ) -> Result<Vec<u8>, HsmError> {
        let command = KeyWrap {
            keyring,
            blob: bounded(blob)?,
            recipient,
        };
        Ok(self.ask(&command, MAX_WRAPPED).await?.to_vec())
    }

    async fn unwrap_key(
        &self,
        keyring: KeyringId,
        template: Template,
        transport: &[u8],
        scheme: WrapScheme,
        wrapped: &[u8],
    ) -> Result<Vec<u8>, HsmError> {
        let command = KeyUnwrap {
            keyring,
            template,
            transport: bounded(transport)?,
            scheme,
        };
        let data = whole(at_most(wrapped, MAX_WRAPPED)?);
        checked(&self.call(&command, data, MAX_BLOB_LEN).await?)
    }

    async fn set_export_policy(
        &self,
        policy: ExportPolicy,
        recipients: &[[u8; FINGERPRINT_LEN]],
    ) -> Result<(), HsmError> {
        let data = recipients.as_flattened();
        let data = at_most(data, MAX_RECIPIENTS * FINGERPRINT_LEN)?;
        self.call(&ExportPolicySet { policy }, whole(data), 0).await?;
        Ok(())
    }

    async fn export_policy(&self) -> Result<ExportStatus, HsmError> {
        let bytes = self
            .ask(&ExportPolicyGet {}, 16 + MAX_RECIPIENTS * FINGERPRINT_LEN)
            .await?;
        let (ExportRules { policy, exports }, recipients) = answer(&bytes)?;
        let (recipients, []) = recipients.as_chunks() else {
            return Err(unreadable());
        };
        Ok(ExportStatus {
            policy,
            recipients: recipients.to_vec(),
            exports,
        })
    }
}

/// All in the first message.
fn whole(bytes: &[u8]) -> Data<'_> {
    Data {
        bytes,
        first_len: bytes.len(),
        part_len: CHUNK_LEN,
    }
}

/// As many messages as it takes.
fn streamed(bytes: &[u8]) -> Data<'_> {
    Data {
        bytes,
        first_len: FIRST_PIECE,
        part_len: CHUNK_LEN,
    }
}

/// A blob that the device answered.
fn checked(blob: &[u8]) -> Result<Vec<u8>, HsmError> {
    KeyBlob::parse(blob).map_err(|_| unreadable())?;
    Ok(blob.to_vec())
}

/// A blob that a device may have made: longer ones need not be sent.
fn bounded(blob: &[u8]) -> Result<&[u8], HsmError> {
    KeyBlob::parse(blob)?;
    Ok(blob)
}

fn at_most(bytes: &[u8], limit: usize) -> Result<&[u8], HsmError> {
    if bytes.len() > limit {
        return Err(HsmError::new(
            ErrorKind::Caller,
            format!("one request takes at most {limit} bytes"),
        ));
    }
    Ok(bytes)
}
