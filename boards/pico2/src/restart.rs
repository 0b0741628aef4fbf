//! What a restart of the RP2350 has to reset.
//!
//! The page of the root secret, once closed, opens when the OTP block is reset and not before (data sheet, section 13.5.1):
//! a reset of the processors alone, which is all that SYSRESETREQ gives, brings the image up without its root. The
//! power-on state machine runs again from the first stage that `PSM.WDSEL` selects when the watchdog fires (7.4.1),
//! and OTP is its second stage (13.3.4).

/// `PSM.WDSEL`: every stage but the two oscillators, which is what Raspberry Pi's own SDK selects (12.9.6.1).
pub const STAGES: u32 = 0x01FF_FFFF & !(ROSC | XOSC);
const ROSC: u32 = 1 << 2;
const XOSC: u32 = 1 << 3;

/// Whether an image that has just begun has to restart the chip first: its page is closed already, as after a debugger's reset
/// of the processors. Once only: where a restart has not opened it, another one won't.
#[must_use]
pub const fn is_needed(page_is_closed: bool, was_restarted: bool) -> bool {
    page_is_closed && !was_restarted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::OtpRoot;
    use crate::otp::model::Otp;
    use casemate_firmware::platform::{RootError, RootSource};

    const SECRET: [u8; 32] = *b"0123456789abcdef0123456789ABCDEF";

    fn load(otp: &Otp) -> Result<[u8; 32], RootError> {
        let mut root = [0; 32];
        OtpRoot::new(otp.clone())
            .load_or_create(&[7; 32], &mut root)
            .map(|()| root)
    }

    /// Provisioned, powered on, and its image has read the root.
    fn running() -> Otp {
        let otp = Otp::blank();
        OtpRoot::new(otp.clone()).provision(&SECRET).unwrap();
        otp.power_on();
        load(&otp).unwrap();
        otp
    }

    #[test]
    fn after_a_restart_the_root_is_there_again() {
        let otp = running();
        for _ in 0..3 {
            otp.watchdog_reset(STAGES);
            assert_eq!(load(&otp), Ok(SECRET));
        }
    }

    #[test]
    fn a_reset_of_the_processors_alone_leaves_the_page_closed() {
        let otp = running();
        otp.processor_reset();
        assert!(otp.is_closed());
        assert_eq!(load(&otp), Err(RootError::Failed));
    }

    #[test]
    fn so_does_the_watchdog_with_the_stages_of_the_rp2040() {
        // What embassy-rp 0.10.0 writes, where bits 0 and 1 are the older chip's oscillators.
        let otp = running();
        otp.watchdog_reset(0x1_FFFF & !0b11);
        assert_eq!(load(&otp), Err(RootError::Failed));
    }

    #[test]
    fn an_image_that_finds_its_page_closed_restarts_the_chip_once() {
        let otp = running();
        otp.processor_reset();
        assert!(is_needed(otp.is_closed(), false));
        otp.watchdog_reset(STAGES);
        assert!(!is_needed(otp.is_closed(), true));
        assert!(!is_needed(otp.is_closed(), false));
        assert!(!is_needed(true, true), "it would never end");
    }
}
