use crate::crypto::{Aes256Gcm, Key256};
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;
use casemate_common::record::{NONCE_LEN, TAG_LEN};

/// Bytes of a keyring's record.
pub(super) const SEALED_LEN: usize = NONCE_LEN + Key256::LEN + TAG_LEN;

/// Says what is sealed, so that no other kind of record passes for a keyring.
const LABEL: &[u8; 7] = b"keyring";

/// The key that all keyrings are sealed under. Random nonces: a device makes far fewer than 2^32 keyrings.
pub(super) struct SealingKey<G>(G);

impl<G: Aes256Gcm> SealingKey<G> {
    pub(super) fn new(key: &Key256) -> Self {
        Self(G::new(key))
    }

    pub(super) fn seal(
        &self,
        id: &KeyringId,
        key: &Key256,
        nonce: [u8; NONCE_LEN],
    ) -> Result<[u8; SEALED_LEN], ErrorCode> {
        let mut body = key.clone();
        let tag = self.0.seal(&nonce, &associated(id), body.as_mut_bytes())?;
        let mut sealed = [0; SEALED_LEN];
        let parts = nonce.iter().chain(body.as_bytes()).chain(&tag);
        sealed.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        Ok(sealed)
    }

    /// [`ErrorCode::FlashFailed`] when the record is not what was sealed for this keyring.
    pub(super) fn open(&self, id: &KeyringId, sealed: &[u8; SEALED_LEN]) -> Result<Key256, ErrorCode> {
        let (nonce, rest) = sealed.split_first_chunk().ok_or(ErrorCode::FlashFailed)?;
        let (body, tag) = rest.split_last_chunk().ok_or(ErrorCode::FlashFailed)?;
        let body = body.first_chunk().ok_or(ErrorCode::FlashFailed)?;
        let mut key = Key256::new(*body);
        self.0
            .open(nonce, &associated(id), key.as_mut_bytes(), tag)
            .map_err(|_| ErrorCode::FlashFailed)?;
        Ok(key)
    }
}

fn associated(id: &KeyringId) -> [u8; LABEL.len() + KeyringId::LEN] {
    let mut bytes = [0; LABEL.len() + KeyringId::LEN];
    let parts = LABEL.iter().chain(id.as_bytes());
    bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
    bytes
}
