//! Eras of a device: each begins when it is initialised, and its store is sealed for it alone.
//!
//! The era is a random value in a record of its own, sealed under the root secret. The keys that seal keyrings, hosts and
//! all other records follow from both, so that a record of one era opens in no other: whoever can write the flash, but has
//! neither root secret nor PIN, can't initialise the device anew and then put its old keyrings beside their own host.
//! *What is left:* putting a whole older store back.
//!
//! ```text
//! key = HMAC-SHA-256(root, label ‖ era)      era: 32 bytes, or none in a store from before there were eras
//! ```

use crate::crypto::{Crypto, HmacSha256, Key256};
use crate::flash::{Kind, Log, NAME_LEN};
use crate::roles::Sealer;
use casemate_common::error::ErrorCode;
use casemate_common::record::NONCE_LEN;
use embedded_storage::nor_flash::NorFlash;
use zeroize::Zeroizing;

/// There is one.
const NAME: &[u8; NAME_LEN] = b"era             ";
const LEN: usize = 32;

/// What the keys of each era follow from.
pub(crate) struct Eras<C: Crypto> {
    root: C::HmacSha256,
    sealer: Sealer<C::Aes256Gcm>,
}

/// The keys of one.
pub(crate) struct EraKeys {
    /// Seals keyrings.
    pub(crate) keyrings: Key256,
    /// Seals all other records.
    pub(crate) records: Key256,
}

impl<C: Crypto> Eras<C> {
    /// Of the device with this root secret.
    pub(crate) fn new(root: C::HmacSha256) -> Self {
        Self {
            sealer: Sealer::new(&root.mac(&[b"casemate era sealing key v1"])),
            root,
        }
    }

    /// The keys of the era that the store is in.
    ///
    /// # Errors
    /// [`ErrorCode::FlashFailed`] when it can't be read, or is of another device.
    pub(crate) fn current<F: NorFlash, const N: usize>(
        &self,
        log: &mut Log<F, N>,
    ) -> Result<EraKeys, ErrorCode> {
        let era = self.sealer.read::<F, N, LEN>(log, (Kind::ERA, NAME))?;
        let era = era.map(Zeroizing::new);
        Ok(self.keys(era.as_ref().map_or(&[], |era| era.as_slice())))
    }

    /// Begins another era in an empty store, durably.
    ///
    /// # Errors
    /// [`ErrorCode::FlashFailed`].
    pub(crate) fn begin<F: NorFlash, const N: usize>(
        &self,
        log: &mut Log<F, N>,
        nonce: [u8; NONCE_LEN],
        era: &Key256,
    ) -> Result<EraKeys, ErrorCode> {
        self.sealer.put(log, (Kind::ERA, NAME), nonce, *era.as_bytes())?;
        Ok(self.keys(era.as_bytes()))
    }

    fn keys(&self, era: &[u8]) -> EraKeys {
        EraKeys {
            keyrings: self.root.mac(&[b"casemate keyring sealing key v1", era]),
            records: self.root.mac(&[b"casemate roles sealing key v1", era]),
        }
    }
}
