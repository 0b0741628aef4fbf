use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use redb::backends::FileBackend;
use redb::{Builder, Database, DatabaseError};

use super::failed;
use crate::store::StoreError;

/// Bytes of pages that redb may keep in memory.
const CACHE: usize = 256 << 20;

/// Opens the database in this file, or makes both.
pub(super) fn open(path: &Path) -> Result<Database, StoreError> {
    let file = open_file(path)
        .map_err(|error| StoreError::Failed(format!("can't open {}: {error}", path.display())))?;
    FileBackend::new(file)
        .and_then(|backend| Builder::new().set_cache_size(CACHE).create_with_backend(backend))
        .map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => StoreError::InUse {
                path: path.display().to_string(),
            },
            error => failed(error),
        })
}

fn open_file(path: &Path) -> io::Result<File> {
    let existed = path.exists();
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    if !existed {
        sync_directory(path)?;
    }
    Ok(file)
}

/// A new file's name is durable only once its directory is.
fn sync_directory(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}
