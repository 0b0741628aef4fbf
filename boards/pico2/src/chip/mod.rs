//! The chip's own blocks, one file each.

mod bootsel;
mod otp;
mod protection;
mod trng;

pub use self::{
    bootsel::Bootsel,
    otp::{OtpPage, chip_id},
    protection::protection,
    trng::Trng,
};
