//! The chip's own blocks, one file each.

mod aes;
mod clocks;
mod flash;
mod hash;
mod noise;
mod pka;
mod protection;
mod tamper;

pub use self::{
    aes::{Aes, Saes, start_aes},
    clocks::start_clocks,
    flash::{FlashController, take_ecc_error},
    hash::{HashProcessor, start_hash},
    noise::Noise,
    pka::{Pka, start_pka},
    protection::{has_own_key, protection},
};
pub use tamper::Tamp;
#[cfg(feature = "tamper")]
pub use tamper::start_tamper;
#[cfg(not(feature = "tamper"))]
pub use tamper::stop_tamper;
