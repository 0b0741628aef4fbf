//! Numbers of fixed width and arithmetic modulo odd ones, for RSA: no heap, and no branch or address that depends on a
//! value, unless a name says `vartime`.

mod division;
#[cfg(target_pointer_width = "64")]
pub(crate) mod four;
mod limb;
mod montgomery;
mod power;
mod rows;
mod small;
mod uint;

pub(crate) use division::{common_odd_divisor, exact_quotient, remainder, small_inverse};
pub(crate) use limb::Limb;
pub use montgomery::Modulus;
pub(crate) use montgomery::negative_inverse;
pub use power::Power;
pub(crate) use power::public_power;
pub(crate) use small::remainder_by_small;
pub use uint::Uint;

#[cfg(test)]
mod tests;
