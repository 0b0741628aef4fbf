use super::{OtpError, Page, Rows, slot};
use casemate_common::command::RootKind;
use casemate_firmware::platform::{RootError, RootSource};

/// The root secret that provisioning has put in OTP. Without it the device answers only `Info`.
pub struct OtpRoot<R> {
    rows: R,
}

impl<R: Rows> OtpRoot<R> {
    /// The root in these rows.
    pub const fn new(rows: R) -> Self {
        Self { rows }
    }

    /// What the page holds, and whether it is locked for good.
    ///
    /// # Errors
    /// [`OtpError`], see [`Page::look`].
    pub fn look(&mut self) -> Result<(Page, bool), OtpError> {
        Ok((Page::look(&mut self.rows)?, self.rows.is_locked_forever()?))
    }

    /// Writes `secret`, unless a secret is there already, and locks the page for good. What a power cut left undone is
    /// done by doing it again.
    ///
    /// # Errors
    /// [`OtpError`] when nothing is free, or a row can't be written.
    pub fn provision(&mut self, secret: &[u8; 32]) -> Result<(), OtpError> {
        match Page::look(&mut self.rows)? {
            Page::Provisioned(_) => {}
            Page::Free(slot) => slot::write(&mut self.rows, slot, secret)?,
            Page::UsedUp => return Err(OtpError),
        }
        if self.rows.is_locked_forever()? {
            return Ok(());
        }
        self.rows.lock_forever()
    }

    fn load(&mut self, root: &mut [u8; 32]) -> Result<(), OtpError> {
        let Page::Provisioned(slot) = Page::look(&mut self.rows)? else {
            return Err(OtpError);
        };
        if !self.rows.is_locked_forever()? {
            return Err(OtpError);
        }
        root.copy_from_slice(&*slot::read(&mut self.rows, slot)?);
        Ok(())
    }
}

impl<R: Rows> RootSource for OtpRoot<R> {
    fn kind(&self) -> RootKind {
        RootKind::Otp
    }

    /// Reads the secret, and closes the page whatever came of it. Never makes one: what can't be undone is done by
    /// provisioning alone.
    fn load_or_create(&mut self, _fresh: &[u8; 32], root: &mut [u8; 32]) -> Result<(), RootError> {
        let loaded = self.load(root).map_err(|OtpError| RootError::Failed);
        self.rows.close();
        loaded
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::Otp;
    use super::*;

    const SECRET: [u8; 32] = *b"0123456789abcdef0123456789ABCDEF";

    fn load(otp: &Otp) -> Result<[u8; 32], RootError> {
        let mut root = [0; 32];
        OtpRoot::new(otp.clone())
            .load_or_create(&[7; 32], &mut root)
            .map(|()| root)
    }

    #[test]
    fn an_unprovisioned_chip_has_no_root_and_stays_blank() {
        let otp = Otp::blank();
        assert_eq!(load(&otp), Err(RootError::Failed));
        otp.power_on();
        assert_eq!(OtpRoot::new(otp.clone()).look(), Ok((Page::Free(0), false)));
        assert_eq!(otp.written(), 0);
    }

    #[test]
    fn a_provisioned_one_gives_its_secret_once_after_each_start() {
        let otp = Otp::blank();
        OtpRoot::new(otp.clone()).provision(&SECRET).unwrap();
        otp.power_on();
        assert_eq!(load(&otp), Ok(SECRET));
        assert_eq!(load(&otp), Err(RootError::Failed), "the page is closed now");
        otp.power_on();
        assert_eq!(OtpRoot::new(otp.clone()).provision(&[9; 32]), Ok(()));
        otp.power_on();
        assert_eq!(load(&otp), Ok(SECRET), "a second provisioning changes nothing");
    }

    #[test]
    fn cut_anywhere_provisioning_is_finished_by_another_one() {
        let mut cuts = 0;
        for cut in 0.. {
            let otp = Otp::blank();
            otp.cut_after(cut);
            let finished = OtpRoot::new(otp.clone()).provision(&SECRET).is_ok();
            otp.power_on();
            assert_eq!(load(&otp).is_ok(), finished, "cut after {cut} writes");
            otp.power_on();
            OtpRoot::new(otp.clone()).provision(&[9; 32]).unwrap();
            otp.power_on();
            let root = load(&otp).unwrap();
            assert!(root == SECRET || root == [9; 32], "cut after {cut} writes");
            if finished {
                break;
            }
            cuts += 1;
        }
        assert_eq!(cuts, 21, "20 rows and the lock");
    }

    #[test]
    fn a_damaged_secret_is_never_replaced() {
        let otp = Otp::blank();
        OtpRoot::new(otp.clone()).provision(&SECRET).unwrap();
        otp.power_on();
        otp.damage(5);
        assert_eq!(load(&otp), Err(RootError::Failed));
        otp.power_on();
        assert_eq!(OtpRoot::new(otp.clone()).provision(&[9; 32]), Err(OtpError));
    }

    #[test]
    fn three_cut_tries_use_the_page_up() {
        let otp = Otp::blank();
        for _ in 0..3 {
            otp.cut_after(4);
            assert_eq!(OtpRoot::new(otp.clone()).provision(&SECRET), Err(OtpError));
            otp.power_on();
        }
        assert_eq!(OtpRoot::new(otp.clone()).look(), Ok((Page::UsedUp, false)));
        assert_eq!(OtpRoot::new(otp).provision(&SECRET), Err(OtpError));
    }
}
