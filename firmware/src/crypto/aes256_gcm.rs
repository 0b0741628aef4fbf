use super::{Aes256Gcm, CryptoError, Key256};
use aes_gcm::KeyInit;
use aes_gcm::aead::AeadInOut;
use casemate_common::record::{NONCE_LEN, TAG_LEN};

/// AES-256-GCM in software.
pub struct SoftwareAes256Gcm(aes_gcm::Aes256Gcm);

impl Aes256Gcm for SoftwareAes256Gcm {
    fn new(key: &Key256) -> Self {
        Self(aes_gcm::Aes256Gcm::new(key.as_bytes().into()))
    }

    #[inline(never)]
    fn seal(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        data: &mut [u8],
    ) -> Result<[u8; TAG_LEN], CryptoError> {
        self.0
            .encrypt_inout_detached(nonce.into(), associated, data.into())
            .map(Into::into)
            .map_err(|_| CryptoError::Failed)
    }

    #[inline(never)]
    fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        data: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), CryptoError> {
        self.0
            .decrypt_inout_detached(nonce.into(), associated, data.into(), tag.into())
            .map_err(|_| CryptoError::NotAuthentic)
    }
}
