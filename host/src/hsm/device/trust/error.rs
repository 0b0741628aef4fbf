use casemate_common::session::noise::Fingerprint;

/// Why a device is not talked to.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// No device is trusted yet.
    #[error(
        "this host is not paired with a device yet: compare the fingerprint {found} with the device's own and run \
         `casemate device pair --device ADDRESS`, with the address of this device"
    )]
    Unpaired {
        /// Of the device that answered.
        found: Fingerprint,
    },
    /// Another device than those that are trusted.
    #[error(
        "the device that answers is none that this host is paired with: its fingerprint is {found}, paired are {trusted}. \
         Either there is a new device, or somebody sits on the line and pretends to be one. If you know this fingerprint \
         from the device itself: where it serves beside the others, run `casemate device pair --another --device ADDRESS`; where \
         it takes the place of them all, `casemate device pair --replace --device ADDRESS`. If not, look at the line"
    )]
    Changed {
        /// Of the devices that are trusted, separated by commas.
        trusted: String,
        /// Of the device that answered.
        found: Fingerprint,
    },
    /// The handshake's answer was not made for this handshake.
    #[error(
        "the device's answer does not belong to this handshake: it was recorded earlier and replayed, or altered on \
         the way by somebody on the line"
    )]
    Forged,
    /// It speaks another protocol.
    #[error("the device speaks protocol {device}, this host {host}; update the older one")]
    Protocol {
        /// The device's.
        device: u16,
        /// The host's.
        host: u16,
    },
}
