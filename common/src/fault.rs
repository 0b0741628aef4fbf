//! Why a device keeps no secrets.

use crate::error::ErrorCode;

/// What puts a device into the error state: it answers only `Info`, begins no session, and says this instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault(ErrorCode);

impl Fault {
    /// All that a device may have, and so all that a host believes.
    pub const ALL: [Self; 9] = [
        Self(ErrorCode::EntropyFailed),
        Self(ErrorCode::FlashFailed),
        Self(ErrorCode::ImageMisbuilt),
        Self(ErrorCode::ImageOutdated),
        Self(ErrorCode::PowerCycleRequired),
        Self(ErrorCode::RootChanged),
        Self(ErrorCode::RootOtherKind),
        Self(ErrorCode::SelfTestFailed),
        Self(ErrorCode::Tampered),
    ];

    /// The fault with this code; `None` for what no device has.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.0.code() == code)
    }

    /// The error that it is told by.
    pub const fn code(self) -> ErrorCode {
        self.0
    }
}

/// The fault of a device that can't go on after this error. What is none by itself came of something in the flash that
/// should not be there, as every other way to fail has been ruled out: [`ErrorCode::FlashFailed`].
impl From<ErrorCode> for Fault {
    fn from(error: ErrorCode) -> Self {
        Self::from_code(error.code()).unwrap_or(Self(ErrorCode::FlashFailed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stops_a_device_is_told_as_a_fault() {
        for &error in ErrorCode::ALL {
            let fault = Fault::from(error);
            assert_eq!(Fault::from_code(fault.code().code()), Some(fault));
            let is_fault = Fault::ALL.iter().any(|fault| fault.code() == error);
            let told = if is_fault { error } else { ErrorCode::FlashFailed };
            assert_eq!(fault.code(), told);
        }
        assert_eq!(Fault::from_code(0), None);
        assert_eq!(Fault::from_code(ErrorCode::PinWrong.code()), None);
    }
}
