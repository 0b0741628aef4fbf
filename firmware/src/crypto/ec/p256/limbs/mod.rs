//! Arithmetic of 256-bit numbers modulo the two primes of P-256, written out limb by limb, because images that are built
//! for size don't unroll loops. Numbers are arrays of limbs, the least significant first.

#[cfg(any(test, not(target_pointer_width = "64")))]
mod narrow;
#[cfg(any(test, target_pointer_width = "64"))]
mod wide;

#[cfg(not(target_pointer_width = "64"))]
pub(super) use narrow::{
    LIMBS, added, base_product, base_square, copy_if, order_product, order_square, subtracted,
};
#[cfg(target_pointer_width = "64")]
pub(super) use wide::{
    LIMBS, added, base_product, base_square, copy_if, order_product, order_square, subtracted,
};

#[cfg(test)]
mod tests;
