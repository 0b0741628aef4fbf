//! The flash in a file: a sector for the root secret, then the store, two sectors for the counters, the audit log, and
//! two slots for images.

use crate::nor::{Medium, Nor, NorError};
use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash};
use std::cell::RefCell;
use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process;
use std::rc::Rc;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Bytes of a word, the largest of any part: what keeps to its rules here keeps to them everywhere.
const WORD: usize = 16;
const SECTOR: usize = 4096;
const STORE_LEN: usize = 128 * 1024;
const COUNTERS_LEN: usize = 2 * SECTOR;
/// Room for 2,304 entries.
const AUDIT_LEN: usize = 256 * 1024;
/// A slot for images.
const SLOT_LEN: usize = 64 * 1024;
/// Where the slots begin. Simulators from before there were any end here.
const SLOTS_AT: usize = SECTOR + STORE_LEN + COUNTERS_LEN + AUDIT_LEN;
const FLASH_LEN: usize = SLOTS_AT + 2 * SLOT_LEN;

/// What the process exits with when `--cut-at` cut its power.
pub const EXIT_POWER_CUT: i32 = 86;

/// It holds the root secret and the keyrings: nobody but its owner may read it.
const MODE: u32 = 0o600;

/// How long a simulator whose host was killed may take to notice and let go of the file.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
const LOCK_INTERVAL: Duration = Duration::from_millis(10);

/// The contents of a flash file, locked against every other simulator.
pub(crate) struct FlashFile {
    file: File,
    bytes: Vec<u8>,
    sync: bool,
}

impl FlashFile {
    /// Opens the file, or makes a blank one.
    pub(crate) fn open(path: &Path, sync: bool) -> io::Result<Self> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(MODE)
            .open(path)
            .map_err(|error| explain(path, &error.to_string(), error.kind()))?;
        lock(&file, path)?;
        // One that was copied or restored may have come back with another mode.
        file.set_permissions(Permissions::from_mode(MODE))?;
        let mut bytes = Vec::with_capacity(FLASH_LEN);
        file.read_to_end(&mut bytes)?;
        let mut flash = Self { file, bytes, sync };
        flash.complete(path)?;
        Ok(flash)
    }

    /// Finishes a file that is new or from before there were slots, or whose making was interrupted.
    fn complete(&mut self, path: &Path) -> io::Result<()> {
        let len = self.bytes.len();
        let is_blank = self.bytes.iter().all(|&byte| byte == 0xFF);
        if len > FLASH_LEN || (len < SLOTS_AT && !is_blank) {
            let why = format!("is no flash of {FLASH_LEN} bytes; name another file, or restore this one");
            return Err(explain(path, &why, io::ErrorKind::InvalidData));
        }
        if len < FLASH_LEN {
            self.bytes.resize(FLASH_LEN, 0xFF);
            self.file.write_all_at(&self.bytes[len..], len as u64)?;
            self.file.sync_all()?;
        }
        Ok(())
    }
}

impl Medium for FlashFile {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn store(&mut self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, offset as u64)?;
        if self.sync {
            self.file.sync_data()?;
        }
        self.bytes.store(offset, bytes)
    }
}

fn lock(file: &File, path: &Path) -> io::Result<()> {
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if started.elapsed() < LOCK_PATIENCE => sleep(LOCK_INTERVAL),
            Err(TryLockError::WouldBlock) => {
                let why = "is in use by another simulator; stop that one, or name another file";
                return Err(explain(path, why, io::ErrorKind::WouldBlock));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

fn explain(path: &Path, why: &str, kind: io::ErrorKind) -> io::Error {
    io::Error::new(kind, format!("the flash file {} {why}", path.display()))
}

/// A part of one flash, as a flash of its own.
pub(crate) struct Region<M> {
    flash: Rc<RefCell<Nor<M, WORD, SECTOR>>>,
    range: Range<u32>,
}

/// The root secret's sector, the store, the counters, the audit log and both slots, all on this flash. Power is cut where
/// `cut` says: operation and seed.
pub(crate) fn regions<M: Medium>(medium: M, cut: Option<(u64, u64)>) -> [Region<M>; 6] {
    let mut flash = Nor::new(medium);
    if let Some((operation, seed)) = cut {
        flash.cut_power_at(operation, seed);
    }
    let flash = Rc::new(RefCell::new(flash));
    let mut end = 0;
    [SECTOR, STORE_LEN, COUNTERS_LEN, AUDIT_LEN, SLOT_LEN, SLOT_LEN].map(|len| {
        let start = end;
        end += len as u32;
        Region {
            flash: Rc::clone(&flash),
            range: start..end,
        }
    })
}

impl<M: Medium> Region<M> {
    /// Runs an operation on the flash at the place of `offset..offset + len` in this region. A process without power
    /// is at its end.
    fn run<T>(
        &mut self,
        offset: u32,
        len: usize,
        operation: impl FnOnce(&mut Nor<M, WORD, SECTOR>, u32) -> Result<T, NorError>,
    ) -> Result<T, NorError> {
        let start = self.range.start + offset;
        if len > (self.range.end.saturating_sub(start)) as usize {
            return Err(NorError::Range(NorFlashErrorKind::OutOfBounds));
        }
        let mut flash = self.flash.borrow_mut();
        let result = operation(&mut flash, start);
        if flash.is_off() {
            process::exit(EXIT_POWER_CUT);
        }
        result
    }
}

impl<M> ErrorType for Region<M> {
    type Error = NorError;
}

impl<M: Medium> ReadNorFlash for Region<M> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorError> {
        self.run(offset, bytes.len(), |flash, at| flash.read(at, bytes))
    }

    fn capacity(&self) -> usize {
        self.range.len()
    }
}

impl<M: Medium> NorFlash for Region<M> {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorError> {
        let len = to.saturating_sub(from);
        self.run(from, len as usize, |flash, at| flash.erase(at, at + len))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorError> {
        self.run(offset, bytes.len(), |flash, at| flash.write(at, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_may_read_the_flash() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("flash");
        let mode = || std::fs::metadata(&path).expect("the file").permissions().mode() & 0o777;
        drop(FlashFile::open(&path, false).expect("a new file"));
        assert_eq!(mode(), 0o600);
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("another mode");
        drop(FlashFile::open(&path, false).expect("the same file"));
        assert_eq!(mode(), 0o600);
    }

    #[test]
    fn a_flash_from_before_there_were_slots_gets_them() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("flash");
        let (old, shorter) = (vec![0x5A; SLOTS_AT], vec![0x5A; SLOTS_AT - 1]);
        std::fs::write(&path, &old).expect("an old flash");
        drop(FlashFile::open(&path, false).expect("the old flash"));
        let flash = std::fs::read(&path).expect("the flash");
        assert_eq!((&flash[..SLOTS_AT], flash.len()), (&old[..], FLASH_LEN));
        assert!(flash[SLOTS_AT..].iter().all(|byte| *byte == 0xFF));
        std::fs::write(&path, shorter).expect("half a flash");
        assert!(FlashFile::open(&path, false).is_err());
    }
}
