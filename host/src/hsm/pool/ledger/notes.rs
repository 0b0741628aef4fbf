use super::DeviceId;
use crate::hsm::pool::member::Serving;
use casemate_common::keyring::KeyringId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the file holds, as JSON. Keyrings are written in hex.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Notes {
    /// Every device that has ever been in the pool and has not left it.
    pub(super) devices: BTreeSet<DeviceId>,
    /// Keyrings that each device still has to destroy, before it does anything else.
    pub(super) doomed: BTreeMap<DeviceId, BTreeSet<String>>,
    /// Keyrings that are being made, and on which device: where that is not known to have ended, another device's is not
    /// the same.
    pub(super) making: BTreeMap<String, DeviceId>,
    /// Keyrings that each device is known to hold: what one of them holds is not made again on another.
    #[serde(default)]
    pub(super) held: BTreeMap<DeviceId, BTreeSet<String>>,
    /// Devices that have left the pool and must not come back with what they held.
    #[serde(default)]
    pub(super) forgotten: BTreeSet<DeviceId>,
    /// The security domain of the devices that hold keyrings.
    #[serde(default)]
    pub(super) domain: Option<String>,
}

impl Notes {
    pub(super) fn holders(&self, keyring: String) -> impl Iterator<Item = &str> {
        let held = self.held.iter();
        held.filter_map(move |(device, keyrings)| keyrings.contains(&keyring).then_some(device.as_str()))
    }

    pub(super) fn holds(&mut self, device: &Serving) {
        let keyrings: BTreeSet<String> = device.keyrings.iter().map(KeyringId::to_string).collect();
        self.forgotten.remove(&device.id);
        self.devices.insert(device.id.clone());
        self.making.retain(|keyring, _| !keyrings.contains(keyring));
        if !keyrings.is_empty() {
            self.domain = Some(device.domain.to_string());
        }
        self.held.insert(device.id.clone(), keyrings);
    }

    pub(super) fn doom(&mut self, device: DeviceId, keyring: String) {
        self.doomed.entry(device).or_default().insert(keyring);
    }

    pub(super) fn doom_everywhere(&mut self, keyring: &str) {
        self.making.remove(keyring);
        for held in self.held.values_mut() {
            held.remove(keyring);
        }
        for device in self.devices.clone() {
            self.doom(device, keyring.to_owned());
        }
    }

    pub(super) fn pardon(&mut self, device: &DeviceId, keyring: KeyringId) {
        if let Some(doomed) = self.doomed.get_mut(device) {
            doomed.remove(&keyring.to_string());
        }
        self.doomed.retain(|_, doomed| !doomed.is_empty());
    }

    pub(super) fn forget(&mut self, device: &str) {
        self.devices.remove(device);
        self.doomed.remove(device);
        self.held.remove(device);
        self.making.retain(|_, maker| maker != device);
        self.forgotten.insert(device.to_owned());
        if self.devices.is_empty() {
            self.domain = None;
        }
    }
}
