use super::streams::Streams;
use super::transmit::Transmit;
use super::trial::Trial;
use crate::crypto::Crypto;
use crate::keyring::KeyringMemory;
use crate::keys::Job;
use casemate_common::link::Deframer;

/// What a board lends the device for as long as the program runs, some 60 KiB: what would cost as much stack again each
/// time the device is moved, did it hold it itself. A new one is all zeros, so that a static of it takes no room in the
/// image.
pub struct DeviceMemory<C: Crypto> {
    pub(super) deframer: Deframer,
    pub(super) transmit: Transmit,
    pub(super) vault: VaultMemory<C>,
    pub(super) trial: Trial,
}

/// What of it the vault needs. It is wiped when the vault is dropped.
pub(super) struct VaultMemory<C: Crypto> {
    pub(super) keyrings: KeyringMemory,
    pub(super) streams: Streams<C>,
    pub(super) job: Job,
}

impl<C: Crypto> DeviceMemory<C> {
    /// Memory that nothing has used yet.
    pub const fn new() -> Self {
        Self {
            deframer: Deframer::new(),
            transmit: Transmit::new(),
            vault: VaultMemory {
                keyrings: KeyringMemory::new(),
                streams: Streams::new(),
                job: Job::NONE,
            },
            trial: Trial::new(),
        }
    }
}

impl<C: Crypto> Default for DeviceMemory<C> {
    fn default() -> Self {
        Self::new()
    }
}
