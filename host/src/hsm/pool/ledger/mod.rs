//! What the pool must not forget: which device holds which keyring, and what devices that are away still have to destroy.

mod notes;
#[cfg(test)]
mod tests;

use super::member::Serving;
use crate::small_file;
use casemate_common::keyring::KeyringId;
use notes::Notes;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// A device's id, in hex.
pub(super) type DeviceId = String;

/// The notes, in a small file of the data directory: each change is there for good before anything is asked of a device.
pub struct Ledger {
    path: PathBuf,
    notes: Notes,
}

impl Ledger {
    /// Reads what was noted; nothing was where there is no file.
    ///
    /// # Errors
    /// The file can't be read, or does not hold a pool's notes.
    pub fn open(path: &Path) -> io::Result<Self> {
        let notes = match small_file::read(path)? {
            Some(text) => serde_json::from_str(&text).map_err(|error| {
                let why = format!(
                    "does not hold a pool's notes ({error}); restore it from a backup, and destroy again the keyrings \
                     that were destroyed since: an older file does not know of them"
                );
                small_file::naming(path, io::Error::new(io::ErrorKind::InvalidData, why))
            })?,
            None => Notes::default(),
        };
        Ok(Self {
            path: path.to_owned(),
            notes,
        })
    }

    /// The ids of the devices that have ever been in the pool and have not left it, in hex.
    pub fn devices(&self) -> impl Iterator<Item = &str> {
        self.notes.devices.iter().map(String::as_str)
    }

    /// Whether this device is of the pool.
    pub fn has(&self, device: &str) -> bool {
        self.notes.devices.contains(device)
    }

    /// The devices that hold a keyring, as far as is known.
    pub fn holders(&self, keyring: KeyringId) -> impl Iterator<Item = &str> {
        self.notes.holders(keyring.to_string())
    }

    /// The keyrings that this device alone is known to hold.
    pub fn only_on(&self, device: &str) -> Vec<KeyringId> {
        let held = self.held(device).into_iter();
        held.filter(|keyring| self.holders(*keyring).count() == 1)
            .collect()
    }

    /// Every device has to destroy this keyring.
    ///
    /// # Errors
    /// It can't be written down.
    pub fn doom(&mut self, keyring: KeyringId) -> io::Result<()> {
        self.change(|notes| notes.doom_everywhere(&keyring.to_string()))
    }

    /// These devices have destroyed it.
    ///
    /// # Errors
    /// It can't be written down.
    pub fn destroyed(&mut self, keyring: KeyringId, devices: &[DeviceId]) -> io::Result<()> {
        self.change(|notes| devices.iter().for_each(|device| notes.pardon(device, keyring)))
    }

    /// The devices that still have to destroy a keyring.
    pub fn holds_out(&self, keyring: KeyringId) -> impl Iterator<Item = &str> {
        let keyring = keyring.to_string();
        let doomed = self.notes.doomed.iter();
        doomed.filter_map(move |(device, keyrings)| keyrings.contains(&keyring).then_some(device.as_str()))
    }

    /// A device is gone for good, or was erased: nothing is expected of it any more, and what it alone held is lost. It
    /// comes back only without keyrings: what was destroyed meanwhile nobody tells it.
    ///
    /// # Errors
    /// It can't be written down.
    pub fn forget(&mut self, device: &str) -> io::Result<()> {
        self.change(|notes| notes.forget(device))
    }

    /// Whether a device was forgotten, and has not come back since.
    pub(super) fn has_forgotten(&self, device: &str) -> bool {
        self.notes.forgotten.contains(device)
    }

    /// The security domain of the pool, known since one of its devices holds a keyring.
    pub(super) fn domain(&self) -> Option<&str> {
        self.notes.domain.as_deref()
    }

    /// How many keyrings the devices of the pool hold.
    pub(super) fn count(&self) -> usize {
        let held = self.notes.held.values().flatten();
        held.collect::<BTreeSet<_>>().len()
    }

    /// The keyrings that a device is known to hold.
    pub(super) fn held(&self, device: &str) -> BTreeSet<KeyringId> {
        let held = self.notes.held.get(device).into_iter().flatten();
        held.filter_map(|keyring| parse(keyring)).collect()
    }

    /// A device of the pool holds just these keyrings.
    pub(super) fn holds(&mut self, device: &Serving) -> io::Result<()> {
        self.change(|notes| notes.holds(device))
    }

    /// What a device still has to destroy.
    pub(super) fn doomed(&self, device: &str) -> Vec<KeyringId> {
        let doomed = self.notes.doomed.get(device).into_iter().flatten();
        doomed.filter_map(|keyring| parse(keyring)).collect()
    }

    /// A keyring is being made on this device, and on no other: one that an earlier attempt may have left has to go.
    pub(super) fn make(&mut self, keyring: KeyringId, device: &DeviceId) -> io::Result<()> {
        self.change(|notes| {
            let before = notes.making.insert(keyring.to_string(), device.clone());
            if let Some(before) = before.filter(|before| before != device) {
                notes.doom(before, keyring.to_string());
            }
        })
    }

    /// A keyring is made, and these devices hold it.
    pub(super) fn made(&mut self, keyring: KeyringId, holders: &[DeviceId]) -> io::Result<()> {
        self.change(|notes| {
            let keyring = keyring.to_string();
            notes.making.remove(&keyring);
            for holder in holders {
                let held = notes.held.entry(holder.clone()).or_default();
                held.insert(keyring.clone());
            }
        })
    }

    /// A keyring is known not to have been made.
    pub(super) fn not_made(&mut self, keyring: KeyringId) -> io::Result<()> {
        self.change(|notes| {
            notes.making.remove(&keyring.to_string());
        })
    }

    /// Changes the notes; when they can't be written down they stay as they were.
    fn change(&mut self, change: impl FnOnce(&mut Notes)) -> io::Result<()> {
        let mut notes = self.notes.clone();
        change(&mut notes);
        if notes != self.notes {
            let text = serde_json::to_string(&notes).map_err(io::Error::other)?;
            small_file::write(&self.path, &text)?;
            self.notes = notes;
        }
        Ok(())
    }
}

fn parse(keyring: &str) -> Option<KeyringId> {
    let mut id = [0; KeyringId::LEN];
    hex::decode_to_slice(keyring, &mut id).ok()?;
    Some(KeyringId::new(id))
}
