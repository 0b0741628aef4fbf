//! The root secret under a key that only the chip's hardware has.
//!
//! The flash holds 32 random bytes; the root secret is what AES-256 makes of them, block by block, under the key that
//! SAES derives from the chip's own (DHUK), which no software can read. A copy of the flash is worth nothing without
//! the chip.
//!
//! That key depends on the level of read-out protection and on TrustZone, and at level 0 it is the same in all chips (RM0456,
//! section "Hardware secret key management"): see [`crate::level_root`]. So a value stands beside those bytes that tells whether
//! the hardware still makes the same of them.

use casemate_common::command::RootKind;
use casemate_firmware::crypto::{HmacSha256, Key256, SoftwareHmacSha256};
use casemate_firmware::flash::{CHECK_LEN, Kept, PageKind, RootPage};
use casemate_firmware::platform::{RootError, RootSource};
use embedded_storage::nor_flash::NorFlash;
use zeroize::Zeroizing;

/// AES-256 under the hardware's key.
pub trait HardwareKey {
    /// Whether it will be the same key after the next power-on. A root that another was made for would be lost then.
    fn is_settled(&self) -> bool;

    /// Encrypts a block in place.
    ///
    /// # Errors
    /// [`RootError`] when the hardware fails.
    fn encrypt(&mut self, block: &mut [u8; 16]) -> Result<(), RootError>;
}

/// A seed in the flash, and what the hardware makes of it.
pub(crate) struct Wrapped<F, K> {
    page: RootPage<F>,
    key: K,
}

impl<F, K> Wrapped<F, K>
where
    F: NorFlash,
{
    pub(crate) const fn new(region: F, kind: PageKind, key: K) -> Self {
        Self {
            page: RootPage::new(region, kind),
            key,
        }
    }
}

impl<F: NorFlash, K: HardwareKey> Wrapped<F, K> {
    /// The seed, if it was made; that there is none as long as one may be made.
    ///
    /// # Errors
    /// [`RootError::Unsettled`], and as [`RootPage::find`].
    pub(crate) fn find(&mut self) -> Result<Option<Kept>, RootError> {
        let found = self.page.find()?;
        if found.is_none() && !self.key.is_settled() {
            return Err(RootError::Unsettled);
        }
        Ok(found)
    }

    /// Makes the root of the seed that was found and of the half that lies elsewhere. Without a seed it takes the fresh one,
    /// and keeps it together with a value to check the root by: both or neither, whenever power goes.
    pub(crate) fn load(
        &mut self,
        found: Option<Kept>,
        fresh: &[u8; 32],
        half: &[u8; 32],
        root: &mut [u8; 32],
    ) -> Result<(), RootError> {
        let made = self.wrap(found.as_ref().map_or(fresh, Kept::secret), half)?;
        let check = check(&made);
        let kept = found.unwrap_or_else(|| Kept::new(*fresh, check));
        kept.check(&check)?;
        self.page.keep(&kept)?;
        root.copy_from_slice(&*made);
        Ok(())
    }

    fn wrap(&mut self, seed: &[u8; 32], half: &[u8; 32]) -> Result<Zeroizing<[u8; 32]>, RootError> {
        let mut made = Zeroizing::new(*seed);
        made.iter_mut().zip(half).for_each(|(byte, other)| *byte ^= other);
        let (blocks, _none) = made.as_chunks_mut();
        blocks.iter_mut().try_for_each(|block| self.key.encrypt(block))?;
        Ok(made)
    }
}

fn check(root: &[u8; 32]) -> [u8; CHECK_LEN] {
    let mac = SoftwareHmacSha256::new(&Key256::new(*root)).mac(&[b"casemate root check v1"]);
    let (check, _rest) = mac
        .as_bytes()
        .split_first_chunk()
        .unwrap_or((&[0; CHECK_LEN], &[]));
    *check
}

/// See the module.
pub struct WrappedRoot<F, K>(Wrapped<F, K>);

impl<F: NorFlash, K: HardwareKey> WrappedRoot<F, K> {
    /// The root made of what is in this region, by this key.
    pub const fn new(region: F, key: K) -> Self {
        Self(Wrapped::new(region, PageKind::Wrapped, key))
    }
}

impl<F: NorFlash, K: HardwareKey> RootSource for WrappedRoot<F, K> {
    fn kind(&self) -> RootKind {
        RootKind::HardwareUniqueKey
    }

    fn load_or_create(&mut self, fresh: &[u8; 32], root: &mut [u8; 32]) -> Result<(), RootError> {
        let found = self.0.find()?;
        self.0.load(found, fresh, &[0; 32], root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use casemate_firmware::crypto::{Aes256, SoftwareAes256};
    use casemate_sim::nor::Nor;
    use std::vec;
    use std::vec::Vec;

    type Flash = Nor<Vec<u8>, 16, 8192>;

    struct Chip(Option<u8>);

    impl HardwareKey for Chip {
        fn is_settled(&self) -> bool {
            true
        }

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
        let operations = flash.operations();
        assert_eq!(load(&mut flash, Chip(Some(1)), 9), Ok(root));
        assert_eq!(flash.operations(), operations);
        let halves: [&[u8]; 2] = [&root[..16], &root[16..]];
        for half in halves {
            assert!(!flash.image().windows(16).any(|window| window == half));
        }
    }

    #[test]
    fn another_key_of_the_chip_is_told_and_makes_no_other_root() {
        let mut flash = Nor::new(vec![0xFF; 2 * 8192]);
        let root = load(&mut flash, Chip(Some(1)), 7).unwrap();
        let image = flash.image().to_vec();
        assert_eq!(load(&mut flash, Chip(Some(2)), 9), Err(RootError::Changed));
        assert_eq!(flash.image(), image);
        assert_eq!(load(&mut flash, Chip(Some(1)), 9), Ok(root));
    }

    #[test]
    fn without_its_key_there_is_no_root() {
        let mut flash = Nor::new(vec![0xFF; 2 * 8192]);
        assert_eq!(load(&mut flash, Chip(None), 7), Err(RootError::Failed));
        assert!(flash.image().iter().all(|byte| *byte == 0xFF));
    }

    /// Wherever power goes at the first start, the second knows seed and check value, or neither.
    #[test]
    fn seed_and_check_value_survive_cuts_together() {
        let (mut torn, mut first_kept) = (0, 0);
        for (seed, nth) in (0..40).flat_map(|seed| (1..12).map(move |nth| (seed, nth))) {
            let mut flash = Nor::new(vec![0xFF; 2 * 8192]);
            flash.cut_power_at(nth, seed);
            let first = load(&mut flash, Chip(Some(1)), 7);
            let is_cut = flash.is_off();
            assert_eq!(first.is_err(), is_cut);
            flash.restart();
            torn += u32::from(is_cut);
            let was_made = load(&mut flash, Chip(Some(2)), 8) == Err(RootError::Changed);
            first_kept += u32::from(is_cut && was_made);
            let chip = if was_made { 1 } else { 2 };
            let second = load(&mut flash, Chip(Some(chip)), 9).unwrap();
            assert!(first.is_err() || first == Ok(second), "cut {nth}, seed {seed}");
            assert_eq!(load(&mut flash, Chip(Some(3 - chip)), 9), Err(RootError::Changed));
        }
        assert!(
            torn > 50 && first_kept > 0 && first_kept < torn,
            "{torn}, {first_kept}"
        );
    }
}
