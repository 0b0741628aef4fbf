use casemate_common::error::ErrorCode;
use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};

use crate::hsm::{ErrorKind, HsmError};

/// How an attempt at the token failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// Sessions, login or handles may be gone: worth a few attempts over a new connection. The error is for when that
    /// does not help.
    Doubtful(HsmError),
    /// It will fail again in the same way.
    Final(HsmError),
    /// Sessions, login or handles are gone: to be repeated over a new connection.
    Lost(HsmError),
    /// The token refused the PIN: never try that again, it would lock the token.
    PinRefused(HsmError),
}

impl Fault {
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::Final(HsmError::new(kind, message))
    }

    pub(super) fn into_error(self) -> HsmError {
        match self {
            Self::Doubtful(error) | Self::Final(error) | Self::Lost(error) | Self::PinRefused(error) => error,
        }
    }
}

impl From<ErrorCode> for Fault {
    /// What a device would answer: the sentence is the same.
    fn from(code: ErrorCode) -> Self {
        Self::Final(code.into())
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Pkcs11(rv, function) => of_return_value(rv, function),
            Error::NotSupported | Error::NullFunctionPointer | Error::MissingSymbol(_) => Self::new(
                ErrorKind::Unsupported,
                format!("the PKCS#11 module lacks a function: {error}"),
            ),
            _ => Self::new(
                ErrorKind::Permanent,
                format!("the PKCS#11 module can't be used: {error}"),
            ),
        }
    }
}

fn of_return_value(rv: RvError, function: Function) -> Fault {
    use RvError as R;
    let error = |kind, hint: &str| {
        HsmError::new(
            kind,
            format!("the token answered C_{function:?} with {rv:?}{hint}"),
        )
    };
    match rv {
        R::CryptokiNotInitialized
        | R::DeviceRemoved
        | R::KeyHandleInvalid
        | R::ObjectHandleInvalid
        | R::OperationActive
        | R::OperationNotInitialized
        | R::SessionClosed
        | R::SessionHandleInvalid
        | R::SlotIdInvalid
        | R::TokenNotPresent
        | R::TokenNotRecognized
        | R::UserNotLoggedIn => Fault::Lost(error(ErrorKind::Transient, "")),
        R::DeviceError | R::FunctionFailed | R::GeneralError => Fault::Doubtful(error(
            ErrorKind::Permanent,
            ", also over a new connection; see the token's own log",
        )),
        R::PinExpired
        | R::PinIncorrect
        | R::PinInvalid
        | R::PinLenRange
        | R::PinLocked
        | R::UserPinNotInitialized => Fault::PinRefused(pin_refused(rv)),
        R::Cancel
        | R::CantLock
        | R::FunctionCanceled
        | R::FunctionRejected
        | R::HostMemory
        | R::SessionCount => Fault::Final(error(ErrorKind::Transient, "; it may be busy")),
        R::DataLenRange => Fault::Final(error(ErrorKind::Caller, ": larger than the token accepts")),
        R::DataInvalid
        | R::EncryptedDataInvalid
        | R::EncryptedDataLenRange
        | R::SignatureInvalid
        | R::SignatureLenRange
        | R::WrappedKeyInvalid
        | R::WrappedKeyLenRange => Fault::Final(refused()),
        R::ArgumentsBad => Fault::Final(error(
            ErrorKind::Unsupported,
            ": it does not take these parameters",
        )),
        R::FunctionNotSupported | R::RandomNoRng => Fault::Final(error(ErrorKind::Unsupported, "")),
        // SoftHSM answers so, too, when a logout takes the key away while it is being used.
        R::KeyFunctionNotPermitted | R::KeySizeRange | R::KeyTypeInconsistent => {
            Fault::Doubtful(error(ErrorKind::Permanent, ""))
        }
        R::MechanismInvalid | R::MechanismParamInvalid => Fault::Doubtful(error(
            ErrorKind::Unsupported,
            ": it lacks what this operation needs",
        )),
        R::DeviceMemory => Fault::Final(error(
            ErrorKind::Full,
            ": it is full; destroy a keyring or use a larger token",
        )),
        _ => Fault::Final(error(ErrorKind::Permanent, "")),
    }
}

fn pin_refused(rv: RvError) -> HsmError {
    HsmError::new(
        ErrorKind::Permanent,
        format!(
            "the token refused the PIN ({rv:?}); it will not be tried again, so that the token does not lock: \
             correct CASEMATE_PKCS11_PIN or the file of `pin-source` and restart"
        ),
    )
}

/// The record does not authenticate.
pub(super) fn refused() -> HsmError {
    HsmError::new(
        ErrorKind::Refused,
        "the record does not authenticate under this keyring and context",
    )
}

#[cfg(test)]
mod tests {
    use super::{Fault, of_return_value};
    use crate::hsm::ErrorKind;
    use cryptoki::context::Function;
    use cryptoki::error::RvError;

    #[test]
    fn a_refused_pin_is_never_tried_again() {
        for rv in [RvError::PinIncorrect, RvError::PinLocked, RvError::PinLenRange] {
            assert!(
                matches!(of_return_value(rv, Function::Login), Fault::PinRefused(_)),
                "{rv:?}"
            );
        }
    }

    #[test]
    fn kinds_say_what_a_caller_can_do() {
        let kinds = [
            (RvError::SessionHandleInvalid, ErrorKind::Transient),
            (RvError::DeviceRemoved, ErrorKind::Transient),
            (RvError::GeneralError, ErrorKind::Permanent),
            (RvError::DeviceMemory, ErrorKind::Full),
            (RvError::DataLenRange, ErrorKind::Caller),
            (RvError::EncryptedDataInvalid, ErrorKind::Refused),
            (RvError::MechanismInvalid, ErrorKind::Unsupported),
            (RvError::UnknownErrorCode(0x8000_0001), ErrorKind::Permanent),
        ];
        for (rv, kind) in kinds {
            let error = of_return_value(rv, Function::Decrypt).into_error();
            assert_eq!(error.kind(), kind, "{rv:?}: {error}");
        }
    }
}
