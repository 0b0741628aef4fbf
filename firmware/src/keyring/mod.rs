//! Keyrings: 256-bit keys in the device's flash, each sealed under the root secret.
//!
//! ```text
//! record (60) = nonce (12) ‖ AES-256-GCM(sealing key, nonce, aad, key) ‖ tag (16)      aad = "keyring" ‖ name (16)
//! ```
//!
//! The sealing key follows from the root secret and the [era](crate::era); what it is and its name are authenticated, so
//! that records exchanged in the flash do not open. *What this trusts:* the log to make changes durable and to wipe what
//! is removed.

mod cache;
mod sealed;

use crate::crypto::{Aes256Gcm, Crypto, Key256, XaesKey};
use crate::entropy::Rng;
use crate::flash::{Kind, Log, Memory};
use crate::platform::EntropySource;
use cache::Cache;
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;
use casemate_common::record::NONCE_LEN;
use embedded_storage::nor_flash::NorFlash;
use sealed::{SEALED_LEN, SealingKey};
use subtle::ConstantTimeEq;

/// Most keyrings on any board; a store region of 128 KiB holds a little fewer.
pub(crate) const MAX_KEYRINGS: usize = 1152;

/// Keyrings that there is no room for, so that there is always some for the hosts and the PIN, and for one of these to be
/// replaced: what governs the device must not depend on how full it is.
const RESERVED: usize = 32;

/// What a board lends the device to find its keyrings with, some 28 KiB.
pub(crate) type KeyringMemory = Memory<MAX_KEYRINGS>;

/// All keyrings of a device.
pub(crate) struct Keyrings<F, C: Crypto> {
    log: Log<'static, F, MAX_KEYRINGS>,
    sealing: SealingKey<C::Aes256Gcm>,
    cache: Cache<XaesKey<C::Aes256>>,
}

impl<F: NorFlash, C: Crypto> Keyrings<F, C> {
    /// Those in a log, sealed under this key.
    pub(crate) fn new(log: Log<'static, F, MAX_KEYRINGS>, sealing_key: &Key256) -> Self {
        Self {
            log,
            sealing: SealingKey::new(sealing_key),
            cache: Cache::new(),
        }
    }

    /// Seals those that are made from now on under another key; there are none yet.
    pub(crate) fn reseal(&mut self, sealing_key: &Key256) {
        self.sealing = SealingKey::new(sealing_key);
    }

    /// The log that holds them, and the records of other kinds.
    pub(crate) fn log(&mut self) -> &mut Log<'static, F, MAX_KEYRINGS> {
        &mut self.log
    }

    /// Forgets every key that was used lately: they are no longer in the log.
    pub(crate) fn forget(&mut self) {
        self.cache = Cache::new();
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.log.len(Kind::KEYRING)).unwrap_or(u32::MAX)
    }

    /// How many there is room for in all.
    pub(crate) fn capacity(&self) -> u32 {
        let capacity = self.log.capacity(SEALED_LEN).saturating_sub(RESERVED);
        u32::try_from(capacity).unwrap_or(u32::MAX)
    }

    /// Makes a keyring with a fresh key; false when it existed before.
    pub(crate) fn create<E: EntropySource>(
        &mut self,
        id: &KeyringId,
        rng: &mut Rng<E, C>,
    ) -> Result<bool, ErrorCode> {
        if self.log.contains(Kind::KEYRING, id.as_bytes()) {
            return Ok(false);
        }
        let key = rng.key()?;
        self.put(id, &key, rng.array()?)?;
        Ok(true)
    }

    /// A copy of a keyring's key, for another device.
    pub(crate) fn copy(&mut self, id: &KeyringId) -> Result<Key256, ErrorCode> {
        load(&mut self.log, &self.sealing, id)
    }

    /// Makes a keyring with a key that another device has; false when it existed before with the same key.
    pub(crate) fn take(
        &mut self,
        id: &KeyringId,
        key: &Key256,
        nonce: [u8; NONCE_LEN],
    ) -> Result<bool, ErrorCode> {
        if !self.log.contains(Kind::KEYRING, id.as_bytes()) {
            self.put(id, key, nonce)?;
            return Ok(true);
        }
        let held = self.copy(id)?;
        if bool::from(held.as_bytes().ct_eq(key.as_bytes())) {
            Ok(false)
        } else {
            Err(ErrorCode::KeyringDiffers)
        }
    }

    fn put(&mut self, id: &KeyringId, key: &Key256, nonce: [u8; NONCE_LEN]) -> Result<(), ErrorCode> {
        if self.len() >= self.capacity() {
            return Err(ErrorCode::StoreFull);
        }
        let sealed = self.sealing.seal(id, key, nonce)?;
        Ok(self.log.put(Kind::KEYRING, id.as_bytes(), &sealed)?)
    }

    /// Destroys a keyring and every bit of its key; false when there was none.
    pub(crate) fn destroy(&mut self, id: &KeyringId) -> Result<bool, ErrorCode> {
        self.cache.forget(id);
        Ok(self.log.remove(Kind::KEYRING, id.as_bytes())?)
    }

    /// Fills `page` with the identifiers behind `after`, in order; tells whether there are more.
    pub(crate) fn list<const N: usize>(
        &self,
        after: Option<&KeyringId>,
        page: &mut heapless::Vec<KeyringId, N>,
    ) -> bool {
        self.log
            .names_after(Kind::KEYRING, after.map(KeyringId::as_bytes))
            .any(|name| page.push(KeyringId::new(*name)).is_err())
    }

    /// A keyring's key, ready for use. One that was used lately is answered without reading the flash.
    pub(crate) fn key(&mut self, id: &KeyringId) -> Result<&XaesKey<C::Aes256>, ErrorCode> {
        let Self { log, sealing, cache } = self;
        cache.find_or_insert(id, || Ok(XaesKey::new(&load(log, sealing, id)?)))
    }
}

fn load<F: NorFlash, G: Aes256Gcm>(
    log: &mut Log<'static, F, MAX_KEYRINGS>,
    sealing: &SealingKey<G>,
    id: &KeyringId,
) -> Result<Key256, ErrorCode> {
    let mut sealed = [0; SEALED_LEN];
    match log.read(Kind::KEYRING, id.as_bytes(), &mut sealed)? {
        Some(SEALED_LEN) => sealing.open(id, &sealed),
        Some(_) => Err(ErrorCode::FlashFailed),
        None => Err(ErrorCode::KeyringNotFound),
    }
}
