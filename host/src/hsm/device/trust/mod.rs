//! How host and device know each other: the host's own key, and the keys of the devices it trusts.
//!
//! In a data directory these are small files of mode 0600: `host-key` (the private key, hex) and `device-key` (a device's
//! public key, hex, one a line). *What this trusts:* whoever may read and write that directory.

mod directory;
mod error;

pub use error::TrustError;

use casemate_common::session::noise::{Fingerprint, KeyPair, PublicKey, Secret};
use casemate_firmware::channel::NoiseSuite;
use casemate_firmware::crypto::Software;
use directory::Directory;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// The cryptography of this side of the channel.
pub(super) type HostSuite = NoiseSuite<Software>;

/// Whom this host trusts, and who it is itself. Clones share what they learn.
#[derive(Clone)]
pub struct Trust {
    key: Arc<KeyPair>,
    memory: Arc<Memory>,
    /// So many devices are trusted without being compared.
    unseen: usize,
}

struct Memory {
    devices: Mutex<Vec<PublicKey>>,
    directory: Option<Directory>,
}

impl Trust {
    /// What a data directory holds; makes the host's key where there is none.
    ///
    /// # Errors
    /// When a file can't be read or written, or does not hold what it should.
    pub fn open(path: &Path) -> io::Result<Self> {
        let directory = Directory::new(path);
        let key = directory.host_key()?;
        let devices = directory.devices()?;
        Ok(Self::new(key, devices, Some(directory)))
    }

    /// A host with this private key that trusts whichever device it meets first, and forgets it afterwards: for tests
    /// and for simulators that are thrown away.
    pub fn in_memory(private: [u8; 32]) -> Self {
        Self::new(Secret::new(private), Vec::new(), None).on_first_use(1)
    }

    fn new(key: Secret, devices: Vec<PublicKey>, directory: Option<Directory>) -> Self {
        Self {
            key: Arc::new(KeyPair::new::<HostSuite>(key)),
            memory: Arc::new(Memory {
                devices: Mutex::new(devices),
                directory,
            }),
            unseen: 0,
        }
    }

    /// Trust devices that are met while fewer than so many are trusted, and take them into service when they are not.
    /// Right for simulators, which are this program itself; anything else should be compared by a person.
    #[must_use]
    pub fn on_first_use(self, devices: usize) -> Self {
        Self {
            unseen: devices,
            ..self
        }
    }

    /// Whether a device that nobody has initialised is to be taken into service.
    pub(super) fn initialises(&self) -> bool {
        self.unseen > 0
    }

    /// Who this host is.
    pub fn public_key(&self) -> &PublicKey {
        self.key.public()
    }

    pub(super) fn key(&self) -> &KeyPair {
        &self.key
    }

    /// Trusts this device from now on.
    ///
    /// # Errors
    /// When that can't be written down.
    pub fn pair(&self, device: PublicKey) -> io::Result<()> {
        let mut devices = self.memory.devices.lock().unwrap_or_else(PoisonError::into_inner);
        if devices.contains(&device) {
            return Ok(());
        }
        let paired: Vec<_> = devices.iter().copied().chain([device]).collect();
        if let Some(directory) = &self.memory.directory {
            directory.write_devices(&paired)?;
        }
        *devices = paired;
        Ok(())
    }

    /// Forgets every device.
    ///
    /// # Errors
    /// When that can't be written down.
    pub fn unpair(&self) -> io::Result<()> {
        let mut devices = self.memory.devices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(directory) = &self.memory.directory {
            directory.write_devices(&[])?;
        }
        devices.clear();
        Ok(())
    }

    /// The devices it trusts.
    pub fn devices(&self) -> Vec<PublicKey> {
        let devices = self.memory.devices.lock().unwrap_or_else(PoisonError::into_inner);
        devices.clone()
    }

    /// Notes which device a session stands with: the first one is trusted from then on, where that is so.
    pub(super) fn met(&self, device: PublicKey) -> io::Result<()> {
        if self.unseen > 0 {
            self.pair(device)
        } else {
            Ok(())
        }
    }

    /// Whether to go on with the device that has proved to hold this key.
    pub(super) fn judge(&self, device: PublicKey) -> Result<(), TrustError> {
        let trusted = self.devices();
        match trusted.as_slice() {
            trusted if trusted.contains(&device) || trusted.len() < self.unseen => Ok(()),
            [] => Err(TrustError::Unpaired {
                found: fingerprint(&device),
            }),
            trusted => Err(TrustError::Changed {
                trusted: listed(trusted),
                found: fingerprint(&device),
            }),
        }
    }

    /// The officer PIN that this host has made up for a device that it takes into service by itself, or makes one up:
    /// twelve digits, in the file `officer-pin`.
    pub(super) fn officer_pin(&self) -> io::Result<Zeroizing<String>> {
        match &self.memory.directory {
            Some(directory) => directory.officer_pin(),
            None => directory::random_pin(),
        }
    }
}

/// What people compare of a device's or a host's key.
pub fn fingerprint(key: &PublicKey) -> Fingerprint {
    key.fingerprint::<HostSuite>()
}

fn listed(devices: &[PublicKey]) -> String {
    let fingerprints = devices.iter().map(|device| fingerprint(device).to_string());
    fingerprints.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
