//! The root secret in a page of ordinary flash, for boards that have no better place: whoever copies the flash has it.
//!
//! ```text
//! page = secret (32) ‖ check (16) ‖ commit (16)        check = SHA-256("casemate flash root v1" ‖ secret)[..16]
//! ```
//!
//! The commit block is programmed to zeros last, once secret and check have been read back, and nothing is sealed
//! under a secret before that. So a page without it was cut while being made and may be made anew; a page with it must
//! check, or it is damaged and the keys under it are lost unless the page can be restored.

use crate::platform::{RootError, RootSource};
use casemate_common::command::RootKind;
use embedded_storage::nor_flash::NorFlash;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const SECRET_LEN: usize = 32;
const CHECK_LEN: usize = 16;
const BODY_LEN: usize = SECRET_LEN + CHECK_LEN;
const COMMIT_LEN: usize = 16;
const PAGE_LEN: usize = BODY_LEN + COMMIT_LEN;
const COMMIT_AT: u32 = BODY_LEN as u32;

/// A root secret in the first erase sector of `F`, which nothing else may use. `F` must read in units of at most 64
/// bytes and write in units of at most 16.
pub struct FlashRoot<F> {
    flash: F,
}

impl<F: NorFlash> FlashRoot<F> {
    /// The root secret in this flash region.
    pub const fn new(flash: F) -> Self {
        const { assert!(PAGE_LEN.is_multiple_of(F::READ_SIZE) && COMMIT_LEN.is_multiple_of(F::WRITE_SIZE)) };
        Self { flash }
    }

    fn read(&mut self) -> Result<Page, RootError> {
        let mut bytes = Zeroizing::new([0; PAGE_LEN]);
        self.flash.read(0, bytes.as_mut_slice()).map_err(|_| RootError)?;
        Page::parse(&bytes)
    }

    fn create(&mut self, secret: &[u8; SECRET_LEN]) -> Result<(), RootError> {
        let sector = u32::try_from(F::ERASE_SIZE).map_err(|_| RootError)?;
        self.flash.erase(0, sector).map_err(|_| RootError)?;
        self.write(0, body(secret).as_slice())?;
        self.write(COMMIT_AT, &[0; COMMIT_LEN])
    }

    fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), RootError> {
        let mut written = Zeroizing::new([0; BODY_LEN]);
        let written = written.get_mut(..bytes.len()).ok_or(RootError)?;
        self.flash.write(at, bytes).map_err(|_| RootError)?;
        self.flash.read(at, written).map_err(|_| RootError)?;
        bool::from(written.ct_eq(bytes)).then_some(()).ok_or(RootError)
    }
}

impl<F: NorFlash> RootSource for FlashRoot<F> {
    const KIND: RootKind = RootKind::FlashPage;

    fn load_or_create(&mut self, fresh: &[u8; 32], root: &mut [u8; 32]) -> Result<(), RootError> {
        match self.read()? {
            Page::Committed(secret) => *root = *secret,
            Page::Uncommitted => {
                self.create(fresh)?;
                *root = *fresh;
            }
        }
        Ok(())
    }
}

enum Page {
    Committed(Zeroizing<[u8; SECRET_LEN]>),
    Uncommitted,
}

impl Page {
    fn parse(bytes: &[u8; PAGE_LEN]) -> Result<Self, RootError> {
        let (found, commit) = bytes.split_first_chunk::<BODY_LEN>().ok_or(RootError)?;
        if commit.iter().all(|&byte| byte == 0xFF) {
            return Ok(Self::Uncommitted);
        }
        let secret = Zeroizing::new(*found.first_chunk().ok_or(RootError)?);
        let intact = bool::from(body(&secret).ct_eq(found));
        intact.then_some(Self::Committed(secret)).ok_or(RootError)
    }
}

fn body(secret: &[u8; SECRET_LEN]) -> Zeroizing<[u8; BODY_LEN]> {
    let digest = Sha256::new()
        .chain_update(b"casemate flash root v1")
        .chain_update(secret)
        .finalize();
    let mut body = Zeroizing::new([0; BODY_LEN]);
    body.iter_mut()
        .zip(secret.iter().chain(digest.iter()))
        .for_each(|(to, from)| *to = *from);
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use embedded_storage::nor_flash::{ErrorType, NorFlashError, NorFlashErrorKind, ReadNorFlash};
    use std::vec::Vec;

    /// A sector that loses power after a given number of programmed bytes and erases, and forgets it on `restart`.
    struct Sector {
        bytes: Vec<u8>,
        power: usize,
    }

    #[derive(Debug)]
    struct NoPower;

    impl NorFlashError for NoPower {
        fn kind(&self) -> NorFlashErrorKind {
            NorFlashErrorKind::Other
        }
    }

    impl Sector {
        fn new(power: usize) -> Self {
            let bytes = std::vec![0xFF; 4096];
            Self { bytes, power }
        }

        fn spend(&mut self) -> Result<(), NoPower> {
            self.power = self.power.checked_sub(1).ok_or(NoPower)?;
            Ok(())
        }
    }

    impl ErrorType for &mut Sector {
        type Error = NoPower;
    }

    impl ReadNorFlash for &mut Sector {
        const READ_SIZE: usize = 1;
        fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NoPower> {
            let offset = offset as usize;
            bytes.copy_from_slice(&self.bytes[offset..offset + bytes.len()]);
            Ok(())
        }
        fn capacity(&self) -> usize {
            self.bytes.len()
        }
    }

    impl NorFlash for &mut Sector {
        const WRITE_SIZE: usize = 1;
        const ERASE_SIZE: usize = 4096;
        fn erase(&mut self, from: u32, to: u32) -> Result<(), NoPower> {
            self.spend()?;
            self.bytes[from as usize..to as usize].fill(0xFF);
            Ok(())
        }
        fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NoPower> {
            for (at, byte) in (offset as usize..).zip(bytes) {
                self.spend()?;
                self.bytes[at] &= byte;
            }
            Ok(())
        }
    }

    fn load(sector: &mut Sector, fresh: u8) -> Result<[u8; 32], RootError> {
        let mut root = [0; 32];
        FlashRoot::new(sector)
            .load_or_create(&[fresh; 32], &mut root)
            .map(|()| root)
    }

    #[test]
    fn the_first_secret_stays() {
        let mut sector = Sector::new(usize::MAX);
        assert_eq!(load(&mut sector, 1), Ok([1; 32]));
        assert_eq!(load(&mut sector, 2), Ok([1; 32]));
    }

    #[test]
    fn a_cut_at_any_point_leaves_a_page_that_can_be_made_or_is_whole() {
        let (mut made_anew, mut kept) = (0, 0);
        for power in 0..=PAGE_LEN {
            let mut sector = Sector::new(power);
            assert_eq!(load(&mut sector, 1), Err(RootError), "cut after {power}");
            sector.power = usize::MAX;
            match load(&mut sector, 2) {
                Ok(root) if root == [1; 32] => kept += 1,
                Ok(root) if root == [2; 32] => made_anew += 1,
                other => panic!("cut after {power}: {other:?}"),
            }
        }
        assert_eq!((made_anew, kept), (1 + BODY_LEN + 1, COMMIT_LEN - 1));
    }

    #[test]
    fn a_damaged_secret_is_never_replaced() {
        for at in 0..BODY_LEN {
            let mut sector = Sector::new(usize::MAX);
            assert!(load(&mut sector, 1).is_ok());
            sector.bytes[at] ^= 0x10;
            assert_eq!(load(&mut sector, 2), Err(RootError), "byte {at}");
        }
    }
}
