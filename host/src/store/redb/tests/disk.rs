//! A disk that counts its syncs, and can be full or held up.

use std::fs::OpenOptions;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use redb::backends::FileBackend;
use redb::{Builder, StorageBackend};

use crate::store::StoreError;
use crate::store::redb::{RedbStore, failed};

#[derive(Debug, Default)]
pub(super) struct Disk {
    pub(super) syncs: AtomicU64,
    /// Writes fail beyond the size that the file has.
    pub(super) full: AtomicBool,
    /// Every write and sync fails.
    pub(super) broken: AtomicBool,
    /// Syncs wait while this is true.
    held: Mutex<bool>,
    released: Condvar,
}

impl Disk {
    /// A store on this disk.
    pub(super) fn store(self: &Arc<Self>, path: PathBuf) -> Result<RedbStore, StoreError> {
        let disk = self.clone();
        RedbStore::with(Box::new(move || {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .unwrap();
            let backend = Platter {
                file: FileBackend::new(file).map_err(failed)?,
                disk: disk.clone(),
            };
            Builder::new().create_with_backend(backend).map_err(failed)
        }))
    }

    /// Lets no sync finish until [`Disk::release`].
    pub(super) fn hold(&self) {
        *self.held.lock().unwrap() = true;
    }

    pub(super) fn release(&self) {
        *self.held.lock().unwrap() = false;
        self.released.notify_all();
    }

    fn check(&self) -> io::Result<()> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(io::Error::other("broken disk"));
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Platter {
    file: FileBackend,
    disk: Arc<Disk>,
}

impl StorageBackend for Platter {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.check()?;
        if self.disk.full.load(Ordering::SeqCst) && len > self.file.len()? {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        let held = self.disk.held.lock().unwrap();
        drop(self.disk.released.wait_while(held, |held| *held).unwrap());
        self.disk.check()?;
        self.disk.syncs.fetch_add(1, Ordering::SeqCst);
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.disk.check()?;
        self.file.write(offset, data)
    }
}
