//! The chip's own blocks, one file each.

mod bootsel;
mod otp;
mod protection;
mod restart;
mod trng;

pub(crate) use self::restart::{reset_the_rest, restart_if_needed};
pub use self::{
    bootsel::Bootsel,
    otp::{OtpPage, chip_id},
    protection::protection,
    restart::{start_watchdog, wipe_and_restart},
    trng::Trng,
};
