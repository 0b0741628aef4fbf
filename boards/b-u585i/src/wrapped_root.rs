//! The root secret under a key that only the chip's hardware has.
//!
//! The flash holds 32 random bytes; the root secret is what AES-256 makes of them, block by block, under the key that
//! SAES derives from the chip's own (DHUK), which no software can read. A copy of the flash is worth nothing without
//! the chip.

use casemate_common::command::RootKind;
use casemate_firmware::flash::FlashRoot;
use casemate_firmware::platform::{RootError, RootSource};
use embedded_storage::nor_flash::NorFlash;
use zeroize::Zeroizing;

/// AES-256 under the hardware's key.
pub trait HardwareKey {
    /// Encrypts a block in place.
    ///
    /// # Errors
    /// [`RootError`] when the hardware fails.
    fn encrypt(&mut self, block: &mut [u8; 16]) -> Result<(), RootError>;
}

/// See the module.
pub struct WrappedRoot<F, K> {
    seed: FlashRoot<F>,
    key: K,
}

impl<F: NorFlash, K: HardwareKey> WrappedRoot<F, K> {
    /// The root made of what is in this region, by this key.
    pub const fn new(region: F, key: K) -> Self {
        Self {
            seed: FlashRoot::new(region),
            key,
        }
    }
}

impl<F: NorFlash, K: HardwareKey> RootSource for WrappedRoot<F, K> {
    const KIND: RootKind = RootKind::HardwareUniqueKey;

    fn load_or_create(&mut self, fresh: &[u8; 32], root: &mut [u8; 32]) -> Result<(), RootError> {
        let mut blocks = Zeroizing::new([0; 32]);
        self.seed.load_or_create(fresh, &mut blocks)?;
        let (pairs, _none) = blocks.as_chunks_mut();
        pairs.iter_mut().try_for_each(|block| self.key.encrypt(block))?;
        root.copy_from_slice(&*blocks);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use casemate_firmware::crypto::{Aes256, Key256, SoftwareAes256};
    use casemate_sim::nor::Nor;
    use std::vec;
    use std::vec::Vec;

    type Flash = Nor<Vec<u8>, 16, 8192>;

    struct Chip(Option<u8>);

    impl HardwareKey for Chip {
        fn encrypt(&mut self, block: &mut [u8; 16]) -> Result<(), RootError> {
            let key = Key256::new([self.0.ok_or(RootError::Failed)?; 32]);
            SoftwareAes256::new(&key).encrypt(block);
            Ok(())
        }
    }

    fn load(flash: &mut Flash, chip: Chip, fresh: u8) -> Result<[u8; 32], RootError> {
        let mut root = [0; 32];
        WrappedRoot::new(flash, chip)
            .load_or_create(&[fresh; 32], &mut root)
            .map(|()| root)
    }

    #[test]
    fn the_root_is_bound_to_the_chip_and_nowhere_in_its_flash() {
        let mut flash = Nor::new(vec![0xFF; 2 * 8192]);
        let root = load(&mut flash, Chip(Some(1)), 7).unwrap();
        assert_eq!(load(&mut flash, Chip(Some(1)), 9), Ok(root));
        assert_ne!(load(&mut flash, Chip(Some(2)), 9), Ok(root));
        let halves: [&[u8]; 2] = [&root[..16], &root[16..]];
        for half in halves {
            assert!(!flash.image().windows(16).any(|window| window == half));
        }
    }

    #[test]
    fn without_its_key_there_is_no_root() {
        let mut flash = Nor::new(vec![0xFF; 2 * 8192]);
        assert_eq!(load(&mut flash, Chip(None), 7), Err(RootError::Failed));
    }
}
