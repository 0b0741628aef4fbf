//! The one table of what a device can answer instead of a result.
//!
//! An error is a small number; the sentence for it lives on the host. Numbers are never reused: a retired one stays in
//! the table's gaps.

macro_rules! error_table {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// Why a device refused or could not finish a command. The number is the wire format.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum ErrorCode {
            $($(#[$doc])* $name = $code,)*
        }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$name),*];

            /// The number that travels.
            pub const fn code(self) -> u16 {
                self as u16
            }

            /// The code with this number; `None` for numbers of a newer device.
            pub const fn from_code(code: u16) -> Option<Self> {
                match code {
                    $($code => Some(ErrorCode::$name),)*
                    _ => None,
                }
            }
        }
    };
}

error_table! {
    /// No command has this code.
    UnknownCommand = 0x0001,
    /// The request's bytes are not of the command's shape.
    MalformedRequest = 0x0002,
    /// A length is over its limit (see [`crate::limits`]).
    TooLarge = 0x0003,
    /// All stream slots are taken; try again when one of the open streams has ended.
    Busy = 0x0004,
    /// The host cancelled the request.
    Cancelled = 0x0005,
    /// A stream's chunk came without its request, or after its end; a piece of an image not behind the one before.
    OutOfOrder = 0x0006,
    /// The command is not allowed in the device's present state.
    WrongState = 0x0007,
    /// The host has none of the roles that may use the command.
    NotPermitted = 0x0008,
    /// The command is an officer's, and the PIN has not been verified in this session.
    PinRequired = 0x0009,
    /// Nobody is enrolled: the device has to be initialised first.
    NotInitialised = 0x000A,
    /// The tries for the officer PIN are used up; the lock ends by itself after a while.
    PinLocked = 0x000B,
    /// The PIN is wrong; the try counts.
    PinWrong = 0x000C,
    /// A PIN, a name, a set of roles or a limit is not one that the device takes.
    ValueInvalid = 0x000D,
    /// Without this host there would be no officer left.
    LastOfficer = 0x000E,
    /// The host speaks a protocol that this device does not.
    ProtocolUnknown = 0x000F,
    /// The command is an officer's, and nobody holds the device's button.
    PresenceRequired = 0x0010,

    /// A start-up self-test failed: the device answers only `Info`.
    SelfTestFailed = 0x0101,
    /// The entropy source failed a health test: the device answers only `Info`.
    EntropyFailed = 0x0102,
    /// The flash reported an error, or what it holds is damaged.
    FlashFailed = 0x0103,
    /// The store has no room for one more object; nothing was changed.
    StoreFull = 0x0104,
    /// The half of the root secret that the tamper input erases is gone: the device answers only `Info`.
    Tampered = 0x0105,
    /// What the device keeps was made under a root secret of another kind than its board has now: the device answers only
    /// `Info`.
    RootOtherKind = 0x0106,
    /// The root secret is not the one that what the device keeps was made under: the device answers only `Info`.
    RootChanged = 0x0107,
    /// The board's protection was changed, and takes hold when its power has been off: the device answers only `Info`.
    PowerCycleRequired = 0x0108,

    /// No keyring has this identifier.
    KeyringNotFound = 0x0201,
    /// The device has a keyring of this identifier with another key.
    KeyringDiffers = 0x0202,

    /// The record does not authenticate: altered, truncated, of another keyring or of another context.
    RecordInvalid = 0x0301,
    /// The record is of a format this firmware does not know.
    RecordVersion = 0x0302,

    /// The key blob does not authenticate: altered, of another keyring, or no blob at all.
    KeyInvalid = 0x0401,
    /// The key blob is of a format this firmware does not know.
    KeyVersion = 0x0402,
    /// The key was not made for this usage.
    UsageForbidden = 0x0403,
    /// The usages do not fit the key's type, or one key must not have them all.
    UsagesInvalid = 0x0404,
    /// A key of this type can't do this.
    UnsupportedAlgorithm = 0x0405,
    /// What was to be imported or unwrapped is no key of the type given.
    KeyMaterialInvalid = 0x0406,
    /// The ciphertext or wrapped key does not decrypt: altered, or made for another key.
    CiphertextInvalid = 0x0407,
    /// The key was made never to leave this device.
    NotDistributable = 0x0408,
    /// The export policy does not let a key leave for this recipient.
    ExportForbidden = 0x0409,
    /// The recipient's public key is not RSA of 2048 to 4096 bits with an odd exponent of at least 65537, or too short
    /// for what is to be wrapped.
    RecipientInvalid = 0x040A,
    /// No key generation of this name runs or has ended lately.
    JobNotFound = 0x040B,

    /// The audit log is full of entries that no host has acknowledged, and the device forgets none.
    AuditFull = 0x0501,

    /// The device is in no security domain, so it gives and takes no keyrings.
    NotInDomain = 0x0601,
    /// The device is in another security domain.
    OtherDomain = 0x0602,
    /// No offer stands: it has served, a keyring was destroyed since, or it was made in another session.
    NoOffer = 0x0603,
    /// The offer is no key, or the share does not open: altered, of another device or for another offer.
    ShareInvalid = 0x0604,

    /// The image is altered, truncated, or none at all.
    ImageInvalid = 0x0701,
    /// The image is for another board, or linked for the slot that runs.
    ImageForeign = 0x0702,
    /// The image is signed by a key that the device does not take images from.
    ImageSigner = 0x0703,
    /// The image's security version is lower than that of one that has served here; also of the image that runs: then
    /// the device answers only `Info`.
    ImageOutdated = 0x0704,
    /// The device has no slots for images: it is flashed as a whole.
    NoSlots = 0x0705,
    /// No image is being installed in this session.
    NoInstallation = 0x0706,
    /// The image that runs was built for another key than the one that has signed it, and would take no image that can
    /// start: the device answers only `Info`, until the image before it starts again.
    ImageMisbuilt = 0x0707,
}

impl core::fmt::Display for ErrorCode {
    /// The number alone.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "error {:#06x}", self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_are_unique_and_survive_the_wire() {
        let numbers: BTreeSet<u16> = ErrorCode::ALL.iter().map(|code| code.code()).collect();
        assert_eq!(numbers.len(), ErrorCode::ALL.len());
        assert!(!numbers.contains(&0), "0 is the status of success");
        for &code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_code(code.code()), Some(code));
        }
    }
}
