//! Small files of text, mode 0600, that a crash leaves whole: they hold the old or the new text.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use zeroize::Zeroizing;

/// What the file holds, without white space around it; `None` when there is no such file.
///
/// # Errors
/// It can't be read; the error names it.
pub(crate) fn read(path: &Path) -> io::Result<Option<Zeroizing<String>>> {
    match std::fs::read_to_string(path).map(Zeroizing::new) {
        Ok(text) => Ok(Some(Zeroizing::new(text.trim().to_owned()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(naming(path, error)),
    }
}

/// Writes a line. Once this returns, the file holds it for good.
///
/// # Errors
/// It can't be written; the error names it.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    replace(path, text).map_err(|error| naming(path, error))
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&temporary)?;
    // Left over from a crash, it may have had another mode.
    file.set_permissions(Permissions::from_mode(0o600))?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

/// The same error, saying which file it is about.
pub(crate) fn naming(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
