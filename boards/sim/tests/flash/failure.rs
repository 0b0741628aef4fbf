//! After an error of the flash itself, the log makes no further change until it is mounted anew.

use crate::support::{TestNor, blank, mount, name, read};
use crate::sweep::{KIND, SECTOR};
use casemate_firmware::flash::{FlashError, Log};
use casemate_sim::nor::NorError;
use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use std::cell::RefCell;

type Flash = TestNor<4, SECTOR>;

/// A flash whose power a test can switch while a log has it.
struct Shared<'a>(&'a RefCell<Flash>);

impl ErrorType for Shared<'_> {
    type Error = NorError;
}

impl ReadNorFlash for Shared<'_> {
    const READ_SIZE: usize = Flash::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorError> {
        self.0.borrow_mut().read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.0.borrow().capacity()
    }
}

impl NorFlash for Shared<'_> {
    const WRITE_SIZE: usize = Flash::WRITE_SIZE;
    const ERASE_SIZE: usize = Flash::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorError> {
        self.0.borrow_mut().erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorError> {
        self.0.borrow_mut().write(offset, bytes)
    }
}

/// Otherwise: replacing fails with both records there, removing takes the new one, and a mount finds the old one again.
#[test]
fn a_failed_flash_takes_no_change_until_it_is_mounted() {
    let flash = RefCell::new(blank(3));
    let mut log =
        Log::<_, 8>::mount(Shared(&flash), Box::leak(Box::default())).expect("a blank flash mounts");
    log.put(KIND, &name(1), b"old").expect("there is room");
    let operations_to_commit = 3;
    flash.borrow_mut().cut_power_at(operations_to_commit + 1, 1);
    assert_eq!(log.put(KIND, &name(1), b"new"), Err(FlashError::Device));
    flash.borrow_mut().restart();
    assert_eq!(log.remove(KIND, &name(1)), Err(FlashError::Device));
    assert_eq!(log.put(KIND, &name(2), b"more"), Err(FlashError::Device));
    assert_eq!(
        log.read(KIND, &name(1), &mut [0; 3]),
        Ok(Some(3)),
        "reading goes on"
    );
    drop(log);
    let mut nor = flash.into_inner();
    assert_eq!(
        read(&mut mount(&mut nor), KIND, &name(1)).as_deref(),
        Some(&b"new"[..])
    );
    assert_eq!(mount(&mut nor).remove(KIND, &name(1)), Ok(true));
    assert!(!mount(&mut nor).contains(KIND, &name(1)));
}
