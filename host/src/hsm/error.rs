use casemate_common::error::ErrorCode;

/// What a caller can do about an error: the pool and the HTTP layer decide by this alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// It may work in a moment: the device is away, restarting or busy.
    Transient,
    /// The session or connection was lost while the request was under way; it is not known whether it was carried out.
    SessionLost,
    /// It will not work until somebody mends something: self-test failed, flash broken.
    Permanent,
    /// It will not work until somebody makes room; nothing was changed. The message says how and may be shown.
    Full,
    /// The request is wrong: too large, unknown keyring.
    Caller,
    /// The record, key blob or ciphertext does not authenticate.
    Refused,
    /// The key was not made for that, or the export policy does not allow it.
    Forbidden,
    /// This backend can't do that.
    Unsupported,
}

/// Why a key operation failed. The message is for the log; it never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HsmError {
    kind: ErrorKind,
    message: String,
}

impl HsmError {
    /// An error of this kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// The backend does not offer this operation, named as the method of [`super::Hsm`].
    pub fn unsupported(operation: &'static str) -> Self {
        Self::new(
            ErrorKind::Unsupported,
            format!("this device or token can't {}", in_words(operation)),
        )
    }

    /// What can be done about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

/// What a user calls an operation.
pub(super) fn in_words(operation: &'static str) -> &'static str {
    match operation {
        "adopt_key" => "take over a key of a PKCS#11 token: that takes the token as --device",
        "attest_key" => "attest keys",
        "audit_page" | "audit_head" | "acknowledge_audit" => "keep an audit log",
        "check_officer_pin" => "check an officer PIN",
        "create_keyring" | "destroy_keyring" | "list_keyrings" => "keep keyrings",
        "decipher" => "decrypt with RSA-OAEP",
        "decrypt" => "decrypt with AES-256-GCM",
        "describe_key" => "tell what a key is",
        "encrypt" => "encrypt with AES-256-GCM",
        "export_policy" | "set_export_policy" => "keep an export policy",
        "generate_key" => "make keys",
        "import_key" => "take in keys",
        "mac" => "make HMACs",
        "open" | "seal" => "seal values",
        "sign" => "make signatures",
        "random" => "make random bytes",
        "unwrap_key" => "take in wrapped keys",
        "wrap_key" => "wrap keys",
        other => other,
    }
}

impl From<ErrorCode> for HsmError {
    fn from(code: ErrorCode) -> Self {
        let (kind, text) = of_protocol(code)
            .or_else(|| of_governance(code))
            .or_else(|| of_health(code))
            .or_else(|| of_records(code))
            .or_else(|| of_keys(code))
            .or_else(|| of_domains(code))
            .or_else(|| of_images(code))
            .unwrap_or((
                ErrorKind::Permanent,
                "the device answered an error that this host does not know",
            ));
        Self::new(kind, text)
    }
}

type Meaning = (ErrorKind, &'static str);

fn of_protocol(code: ErrorCode) -> Option<Meaning> {
    Some(match code {
        ErrorCode::UnknownCommand => (
            ErrorKind::Unsupported,
            "the device's firmware does not know this command; update it",
        ),
        ErrorCode::MalformedRequest => (
            ErrorKind::Permanent,
            "the device could not read the request; host and firmware disagree",
        ),
        ErrorCode::ProtocolUnknown => (
            ErrorKind::Permanent,
            "the device does not know this host's protocol; update the older one",
        ),
        ErrorCode::TooLarge => (ErrorKind::Caller, "larger than the device accepts"),
        ErrorCode::Busy => (ErrorKind::Transient, "the device has no free stream"),
        ErrorCode::Cancelled => (ErrorKind::Transient, "cancelled"),
        ErrorCode::OutOfOrder => (ErrorKind::SessionLost, "the device lost track of a stream"),
        _ => return None,
    })
}

fn of_governance(code: ErrorCode) -> Option<Meaning> {
    Some(match code {
        ErrorCode::WrongState => (
            ErrorKind::Permanent,
            "the device does not allow this in its present state",
        ),
        ErrorCode::NotPermitted => (
            ErrorKind::Permanent,
            "the device does not allow this host to do that: an officer has to give its key the role (casemate device roles)",
        ),
        ErrorCode::PinRequired => (
            ErrorKind::Permanent,
            "this takes the officer PIN, which was not given in this session",
        ),
        ErrorCode::PresenceRequired => (
            ErrorKind::Permanent,
            "this takes somebody at the device: hold its button (BOOTSEL, or the blue one) and do it again",
        ),
        ErrorCode::NotInitialised => (
            ErrorKind::Permanent,
            "the device is not initialised: nobody is enrolled; run casemate device init",
        ),
        ErrorCode::PinLocked => (
            ErrorKind::Permanent,
            "the tries for the officer PIN are used up; the device takes PINs again after it has run for a quarter of \
             an hour",
        ),
        ErrorCode::PinWrong => (ErrorKind::Caller, "the officer PIN is wrong; the try counts"),
        ErrorCode::ValueInvalid => (
            ErrorKind::Caller,
            "the device does not take this value: a PIN has 6 to 64 bytes, a name 1 to 32, roles must not be empty",
        ),
        ErrorCode::LastOfficer => (
            ErrorKind::Caller,
            "the device would have no officer left; enrol another one first",
        ),
        _ => return None,
    })
}

fn of_health(code: ErrorCode) -> Option<Meaning> {
    Some(match code {
        ErrorCode::SelfTestFailed => (
            ErrorKind::Permanent,
            "the device failed a self-test; restart it, and replace it if that repeats",
        ),
        ErrorCode::EntropyFailed => (
            ErrorKind::Permanent,
            "the device's entropy source failed; restart it, and replace it if that repeats",
        ),
        ErrorCode::FlashFailed => (
            ErrorKind::Permanent,
            "the device's flash failed or holds damaged data",
        ),
        ErrorCode::Tampered => (
            ErrorKind::Permanent,
            "the device's tamper input has fired, or its backup supply was lost: its keys are gone for good. Erase \
             it and initialise it anew: take read-out protection back, which erases the chip, and flash it; or, where \
             that is off, run erase_kept of openocd.cfg (README.md, \"Tamper input\")",
        ),
        ErrorCode::RootOtherKind => (
            ErrorKind::Permanent,
            "what the device keeps was made before its board was provisioned, or by an image with another kind of root (with or \
             without a tamper input, or older than this one), and can't be used now: erase it and initialise the device anew. Take read-out protection back, which erases the \
             chip, flash it, and provision it before it is initialised; or, where protection is off, run erase_kept of \
             openocd.cfg",
        ),
        ErrorCode::RootChanged => (
            ErrorKind::Permanent,
            "the chip's own key is not the one that what the device keeps was made under: its read-out protection or \
             TrustZone was changed since, or the flash is another chip's. Set those back as they were; without that the \
             keys are gone, and the chip has to be erased and flashed anew",
        ),
        ErrorCode::PowerCycleRequired => (
            ErrorKind::Permanent,
            "the board's read-out protection was changed, which takes hold when its power has been off: unplug the board \
             once; it makes its keys at the start after that",
        ),
        ErrorCode::StoreFull => (
            ErrorKind::Full,
            "the device's store is full; destroy a keyring or use a larger device",
        ),
        ErrorCode::AuditFull => (
            ErrorKind::Full,
            "the device's audit log is full, and it forgets nothing: take the entries (casemate audit pull)",
        ),
        _ => return None,
    })
}

fn of_records(code: ErrorCode) -> Option<Meaning> {
    Some(match code {
        ErrorCode::KeyringNotFound => (ErrorKind::Caller, "the device has no such keyring"),
        ErrorCode::RecordInvalid => (
            ErrorKind::Refused,
            "the record does not authenticate under this keyring and context",
        ),
        ErrorCode::RecordVersion => (
            ErrorKind::Refused,
            "the record is of a format that this device does not know",
        ),
        _ => return None,
    })
}

fn of_keys(code: ErrorCode) -> Option<Meaning> {
    Some(match code {
        ErrorCode::KeyInvalid => (
            ErrorKind::Refused,
            "the key blob does not authenticate: altered, or of another keyring or device",
        ),
        ErrorCode::KeyVersion => (
            ErrorKind::Refused,
            "the key blob is of a format that this device does not know",
        ),
        ErrorCode::UsageForbidden => (ErrorKind::Forbidden, "the key was not made for this usage"),
        ErrorCode::UsagesInvalid => (
            ErrorKind::Caller,
            "a key of this type can't have these usages, or one key must not have them all",
        ),
        ErrorCode::UnsupportedAlgorithm => (ErrorKind::Caller, "a key of this type can't do this"),
        ErrorCode::KeyMaterialInvalid => (
            ErrorKind::Caller,
            "this is no key of the type given: 32 bytes for AES-256, 16 to 128 for HMAC, PKCS#8 in DER or PEM for the others",
        ),
        ErrorCode::CiphertextInvalid => (
            ErrorKind::Refused,
            "the ciphertext does not decrypt: altered, or made for another key",
        ),
        ErrorCode::NotDistributable => (
            ErrorKind::Forbidden,
            "the key was made never to leave this device; only a key made distributable can be wrapped",
        ),
        ErrorCode::ExportForbidden => (
            ErrorKind::Forbidden,
            "the device's export policy does not allow this recipient; an officer can change it",
        ),
        ErrorCode::RecipientInvalid => (
            ErrorKind::Caller,
            "the recipient's public key must be RSA of 2048 to 4096 bits with an odd exponent of at least 65537, and \
             long enough for what it wraps",
        ),
        ErrorCode::JobNotFound => (
            ErrorKind::Transient,
            "the device does not know this key generation any more; begin it again",
        ),
        _ => return None,
    })
}

fn of_domains(code: ErrorCode) -> Option<Meaning> {
    Some(match code {
        ErrorCode::KeyringDiffers => (
            ErrorKind::Permanent,
            "the device has a keyring of this identifier with another key",
        ),
        ErrorCode::NotInDomain => (
            ErrorKind::Permanent,
            "the device shares no security domain with others; run casemate device join",
        ),
        ErrorCode::OtherDomain => (
            ErrorKind::Caller,
            "the device is in another security domain, and leaves it only by being erased (casemate device reset)",
        ),
        ErrorCode::NoOffer => (
            ErrorKind::Transient,
            "the device's offer to take something no longer stands; begin again",
        ),
        ErrorCode::ShareInvalid => (
            ErrorKind::Refused,
            "what the devices share does not open: altered, or made for another device, domain or offer",
        ),
        _ => return None,
    })
}

fn of_images(code: ErrorCode) -> Option<Meaning> {
    Some(match code {
        ErrorCode::ImageInvalid => (
            ErrorKind::Refused,
            "the image is altered or was cut: its signature or its hash is not right; nothing that starts was changed",
        ),
        ErrorCode::ImageForeign => (
            ErrorKind::Caller,
            "the image is for another board, or linked for the slot that runs",
        ),
        ErrorCode::ImageSigner => (
            ErrorKind::Refused,
            "the image is signed by a key that this device takes no images from (casemate device update shows which it does)",
        ),
        ErrorCode::ImageOutdated => (
            ErrorKind::Permanent,
            "the image's security version is lower than that of one that has served on this device: take a newer image",
        ),
        ErrorCode::ImageMisbuilt => (
            ErrorKind::Permanent,
            "the image that runs was built for another key than the one that signed it (CASEMATE_IMAGE_KEY), and could never \
             be updated: the image before it runs again by itself, after three starts at most; where \
             there is none, flash it anew",
        ),
        ErrorCode::NoSlots => (
            ErrorKind::Unsupported,
            "this board takes no updates over its link; flash it as a whole (casemate flash)",
        ),
        ErrorCode::NoInstallation => (
            ErrorKind::SessionLost,
            "the session in which the update began is over; begin again",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::HsmError;

    #[test]
    fn what_is_not_offered_is_said_without_our_own_names() {
        for operation in [
            "acknowledge_audit",
            "adopt_key",
            "attest_key",
            "audit_head",
            "audit_page",
            "check_officer_pin",
            "create_keyring",
            "describe_key",
            "destroy_keyring",
            "export_policy",
            "generate_key",
            "import_key",
            "list_keyrings",
            "set_export_policy",
            "unwrap_key",
            "wrap_key",
        ] {
            let said = HsmError::unsupported(operation).to_string();
            assert!(!said.contains('_'), "{said}");
        }
    }
}
