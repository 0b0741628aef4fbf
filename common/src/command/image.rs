use super::{Audited, Command, Roles, Spec, States};
use crate::image::{Manifest, Version};
use serde::{Deserialize, Serialize};

/// Longest piece of an image in one [`UpdateWrite`], in bytes.
pub const MAX_IMAGE_PIECE: usize = 4096;

/// Which image runs, and what the device takes in its place?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateStatus {}

/// What a device says of its images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateStatusAnswer {
    /// The image that runs; none where it was put there without a header.
    pub running: Option<ImageSummary>,
    /// Whether that has served: one that has not gives way to the one before after three starts.
    pub is_confirmed: bool,
    /// What the other slot claims to hold.
    pub other: Option<ImageSummary>,
    /// Where the processor sees the other slot, which takes the next image.
    pub free_slot: u32,
    /// Bytes of the longest image that it takes.
    pub room: u32,
    /// Images with a lower security version are refused.
    pub security_floor: u64,
    /// SHA-256 of the public key that images have to be signed by.
    pub signer: [u8; 32],
}

/// An image, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageSummary {
    /// Its version: major, minor, patch.
    pub version: [u16; 3],
    /// Its security version.
    pub security_version: u8,
}

/// Begins to take an image into the slot that does not run. What was there is gone then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateBegin<'a> {
    /// The image's header (see [`crate::image`]).
    pub header: &'a [u8],
}

/// Brings the next piece of it: the data, 1 to [`MAX_IMAGE_PIECE`] bytes, a multiple of 16 but for the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateWrite {
    /// Bytes of the image before it.
    pub offset: u32,
}

/// Checks the image: the next start tries it. Until then nothing that was there before has changed what starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateFinish {}

impl From<Manifest> for ImageSummary {
    fn from(manifest: Manifest) -> Self {
        let Version { major, minor, patch } = manifest.version;
        Self {
            version: [major, minor, patch],
            security_version: manifest.security_version,
        }
    }
}

impl Command for UpdateStatus {
    const SPEC: Spec = Spec {
        code: 0x0901,
        name: "update-status",
        idempotent: true,
        roles: Roles::OFFICER.and(Roles::OPERATOR).and(Roles::AUDITOR),
        states: States::SERVING,
        pin: false,
        audited: Audited::No,
    };
    type Answer<'a> = UpdateStatusAnswer;
}

impl Command for UpdateBegin<'_> {
    const SPEC: Spec = Spec {
        code: 0x0902,
        name: "update-begin",
        idempotent: false,
        roles: Roles::OFFICER,
        states: States::READY,
        pin: true,
        audited: Audited::Each,
    };
    type Answer<'a> = ();
}

impl Command for UpdateWrite {
    const SPEC: Spec = Spec {
        code: 0x0903,
        name: "update-write",
        idempotent: false,
        // What may be written was decided when it began, in the same session.
        roles: Roles::OFFICER,
        states: States::READY,
        pin: false,
        audited: Audited::No,
    };
    type Answer<'a> = ();
}

impl Command for UpdateFinish {
    const SPEC: Spec = Spec {
        code: 0x0904,
        name: "update-finish",
        idempotent: false,
        roles: Roles::OFFICER,
        states: States::READY,
        pin: false,
        audited: Audited::Each,
    };
    type Answer<'a> = ();
}
