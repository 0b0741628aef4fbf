use crate::hsm::Address;
use crate::hsm::device::Trust;
use crate::small_file;
use rustix::fs::{FlockOperation, flock};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Why the data directory can't be used.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum DataDirError {
    #[error(
        "the data directory {0} is in use by another casemate daemon; stop that one, or choose another directory \
         with --data"
    )]
    InUse(PathBuf),
    #[error("{0} is a file, where a data directory has to be; name another with --data")]
    File(PathBuf),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The directory with everything the daemon keeps, held by this process alone.
///
/// ```text
/// casemate.redb   the store            root-token    the first token, mode 0600
/// device.flash    the simulator's      okms-domain   identifier of the domain that first start made
/// lock            held while running   address       where HTTP is served, address-tls where HTTPS
/// ca.pem          certificate of the authority
/// audit-….jsonl   the log of the device that the name names
/// host-key        this host's own      device-key    keys of the devices that it trusts
/// officer-pin     of simulators that were taken into service at first start
/// pool.json       where there are several devices: who holds which keyring, and what those that are away have to destroy
/// ```
#[derive(Debug)]
pub(in crate::cli) struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory where there is none and takes its lock.
    pub(in crate::cli) fn open(path: &Path) -> Result<Self, DataDirError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| small_file::naming(&path, error)
        };
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                DataDirError::File(path.to_owned())
            }
            _ => at(path)(error).into(),
        })?;
        let lock_path = path.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&lock_path)
            .map_err(at(&lock_path))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(DataDirError::InUse(path.to_owned())),
            Err(error) => Err(at(&lock_path)(error.into()).into()),
        }
    }

    /// Removes a small file, if there is one.
    pub(in crate::cli) fn remove(&self, name: &str) -> Result<(), DataDirError> {
        let path = self.path.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(small_file::naming(&path, error).into())
            }
            _ => Ok(()),
        }
    }

    pub(in crate::cli) fn store(&self) -> PathBuf {
        self.path.join("casemate.redb")
    }

    /// The log of the device with this id.
    pub(in crate::cli) fn audit(&self, device: &str) -> PathBuf {
        self.path.join(format!("audit-{device}.jsonl"))
    }

    /// The flash of the simulator at this address.
    pub(in crate::cli) fn sim_flash(&self, address: &Address) -> PathBuf {
        self.path.join(address.sim_flash())
    }

    /// Whether there is a simulator at this address already.
    pub(in crate::cli) fn has_flash(&self, address: &Address) -> bool {
        self.sim_flash(address).exists()
    }

    /// What a pool of devices must not forget.
    pub(in crate::cli) fn pool(&self) -> PathBuf {
        self.path.join("pool.json")
    }

    /// Who this host is, and which devices it trusts.
    pub(in crate::cli) fn trust(&self) -> io::Result<Trust> {
        Trust::open(&self.path)
    }

    pub(in crate::cli) fn root_token(&self) -> PathBuf {
        self.path.join("root-token")
    }

    /// What a small file of the directory holds, without white space around it; `None` when there is no such file.
    pub(in crate::cli) fn read(&self, name: &str) -> Result<Option<Zeroizing<String>>, DataDirError> {
        Ok(small_file::read(&self.path.join(name))?)
    }

    /// Writes a small file.
    pub(in crate::cli) fn write(&self, name: &str, text: &str) -> Result<(), DataDirError> {
        Ok(small_file::write(&self.path.join(name), text)?)
    }
}
