//! What the pool must not forget: what devices that are away still have to destroy.

use crate::small_file;
use casemate_common::keyring::KeyringId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// A device's id, in hex.
pub(super) type DeviceId = String;

/// The notes, in a small file of the data directory: each change is there for good before anything is asked of a device.
pub(super) struct Ledger {
    path: PathBuf,
    notes: Notes,
}

/// Keyrings are written in hex.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Notes {
    /// Every device that has ever been in the pool.
    devices: BTreeSet<DeviceId>,
    /// Keyrings that each device still has to destroy, before it does anything else.
    doomed: BTreeMap<DeviceId, BTreeSet<String>>,
    /// Keyrings that are being made, and on which device: where that is not known to have ended, another device's is not
    /// the same.
    making: BTreeMap<String, DeviceId>,
}

impl Ledger {
    /// Reads what was noted.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let notes = match small_file::read(path)? {
            Some(text) => serde_json::from_str(&text).map_err(|error| {
                let why = format!("does not hold a pool's notes ({error}); restore it from a backup");
                small_file::naming(path, io::Error::new(io::ErrorKind::InvalidData, why))
            })?,
            None => Notes::default(),
        };
        Ok(Self {
            path: path.to_owned(),
            notes,
        })
    }

    /// Notes that this device is of the pool.
    pub(super) fn add(&mut self, device: &DeviceId) -> io::Result<()> {
        self.change(|notes| {
            notes.devices.insert(device.clone());
        })
    }

    /// Every device has to destroy this keyring.
    pub(super) fn doom(&mut self, keyring: KeyringId) -> io::Result<()> {
        self.change(|notes| {
            notes.making.remove(&keyring.to_string());
            for device in notes.devices.clone() {
                notes.doom(device, keyring);
            }
        })
    }

    /// These devices have destroyed it.
    pub(super) fn destroyed(&mut self, keyring: KeyringId, devices: &[DeviceId]) -> io::Result<()> {
        self.change(|notes| devices.iter().for_each(|device| notes.pardon(device, keyring)))
    }

    /// What a device still has to destroy.
    pub(super) fn doomed(&self, device: &DeviceId) -> Vec<KeyringId> {
        let doomed = self.notes.doomed.get(device).into_iter().flatten();
        doomed.filter_map(|keyring| parse(keyring)).collect()
    }

    /// The devices that still have to destroy a keyring.
    pub(super) fn holds_out(&self, keyring: KeyringId) -> impl Iterator<Item = &DeviceId> {
        let keyring = keyring.to_string();
        let doomed = self.notes.doomed.iter();
        doomed.filter_map(move |(device, keyrings)| keyrings.contains(&keyring).then_some(device))
    }

    /// A keyring is being made on this device, and on no other: one that an earlier attempt may have left has to go.
    pub(super) fn make(&mut self, keyring: KeyringId, device: &DeviceId) -> io::Result<()> {
        self.change(|notes| {
            let before = notes.making.insert(keyring.to_string(), device.clone());
            if let Some(before) = before.filter(|before| before != device) {
                notes.doom(before, keyring);
            }
        })
    }

    /// A keyring is made, or known not to be.
    pub(super) fn made(&mut self, keyring: KeyringId) -> io::Result<()> {
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

impl Notes {
    fn doom(&mut self, device: DeviceId, keyring: KeyringId) {
        let doomed = self.doomed.entry(device).or_default();
        doomed.insert(keyring.to_string());
    }

    fn pardon(&mut self, device: &DeviceId, keyring: KeyringId) {
        if let Some(doomed) = self.doomed.get_mut(device) {
            doomed.remove(&keyring.to_string());
        }
        self.doomed.retain(|_, doomed| !doomed.is_empty());
    }
}

fn parse(keyring: &str) -> Option<KeyringId> {
    let mut id = [0; KeyringId::LEN];
    hex::decode_to_slice(keyring, &mut id).ok()?;
    Some(KeyringId::new(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> KeyringId {
        KeyringId::new([byte; 16])
    }

    #[test]
    fn what_is_noted_survives() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pool");
        let [a, b] = ["a", "b"].map(DeviceId::from);
        let mut ledger = Ledger::open(&path).unwrap();
        ledger.add(&a).unwrap();
        ledger.add(&b).unwrap();
        ledger.doom(id(1)).unwrap();
        ledger.destroyed(id(1), std::slice::from_ref(&a)).unwrap();
        ledger.make(id(2), &a).unwrap();
        let mut ledger = Ledger::open(&path).unwrap();
        assert_eq!((ledger.doomed(&a), ledger.doomed(&b)), (vec![], vec![id(1)]));
        assert_eq!(ledger.holds_out(id(1)).collect::<Vec<_>>(), [&b]);
        assert_eq!(ledger.notes.making.get(&id(2).to_string()), Some(&a));
        ledger.make(id(2), &b).unwrap();
        assert_eq!(
            ledger.doomed(&a),
            [id(2)],
            "what the first may have made is another key"
        );
        ledger.doom(id(2)).unwrap();
        assert!(Ledger::open(&path).unwrap().notes.making.is_empty());
    }

    #[test]
    fn a_damaged_file_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pool");
        small_file::write(&path, "{").unwrap();
        let error = Ledger::open(&path).err().unwrap().to_string();
        assert!(error.contains("pool") && error.contains("backup"), "{error}");
    }
}
