use crate::otp::{OtpError, PAGE, ROWS, Rows};
use embassy_rp::{
    otp,
    pac::{
        OTP,
        otp::vals::{SwLockNsec, SwLockSec},
    },
};

/// The first of the rows that lock pages, two a page (data sheet, section 13.10, `PAGE0_LOCK0`).
const LOCKS: usize = 0xF80;
/// `PAGEn_LOCK1`: read-only to secure code, inaccessible to non-secure code and to the boot loader; three copies of the
/// byte, of which the chip takes the majority.
const LOCK: u32 = 0x3D_3D3D;
const LOCK_ROW: usize = LOCKS + 2 * PAGE as usize + 1;

/// The page of the root secret.
pub struct OtpPage;

impl OtpPage {
    const fn row(row: u8) -> usize {
        PAGE as usize * ROWS as usize + row as usize
    }
}

impl Rows for OtpPage {
    fn read(&mut self, row: u8) -> Result<u16, OtpError> {
        otp::read_ecc_word(Self::row(row)).map_err(|_| OtpError)
    }

    fn write(&mut self, row: u8, value: u16) -> Result<(), OtpError> {
        otp::write_ecc_word(Self::row(row), value).map_err(|_| OtpError)
    }

    fn close(&mut self) {
        OTP.sw_lock(usize::from(PAGE)).write(|lock| {
            lock.set_sec(SwLockSec::INACCESSIBLE);
            lock.set_nsec(SwLockNsec::INACCESSIBLE);
        });
    }

    fn lock_forever(&mut self) -> Result<(), OtpError> {
        otp::write_raw_word(LOCK_ROW, LOCK).map_err(|_| OtpError)
    }

    fn is_locked_forever(&mut self) -> Result<bool, OtpError> {
        let lock = otp::read_raw_word(LOCK_ROW).map_err(|_| OtpError)?;
        Ok(lock & LOCK == LOCK)
    }
}

/// The number that the chip was made with, in hexadecimal.
///
/// # Errors
/// [`OtpError`] when it can't be read.
pub fn chip_id() -> Result<[u8; 16], OtpError> {
    let id = otp::get_chipid().map_err(|_| OtpError)?;
    let digits = b"0123456789ABCDEF";
    Ok(core::array::from_fn(|place| {
        digits[(id >> (60 - 4 * place)) as usize & 0xF]
    }))
}
