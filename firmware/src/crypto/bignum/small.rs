use super::Uint;
use super::limb::Limb;

const HALF: u32 = u16::BITS;

/// `a mod divisor` by Barrett's method: the processor's division takes a time that depends on the numbers. `divisor`
/// is at least 2.
pub(crate) fn remainder_by_small<const N: usize>(a: &Uint<N>, divisor: u16) -> u16 {
    let divisor = u32::from(divisor);
    let reciprocal = u32::MAX.checked_div(divisor).unwrap_or_default();
    let mut remainder = 0_u32;
    for limb in a.limbs().iter().rev() {
        for half in (0..Limb::BITS / HALF).rev() {
            let digit = (limb >> half.wrapping_mul(HALF)) as u16;
            remainder = reduce((remainder << HALF) | u32::from(digit), divisor, reciprocal);
        }
    }
    remainder as u16
}

/// `value mod divisor`. The quotient is at most 2 too small, because `reciprocal` is rounded down.
#[inline(always)]
const fn reduce(value: u32, divisor: u32, reciprocal: u32) -> u32 {
    let quotient = ((value as u64).wrapping_mul(reciprocal as u64) >> 32) as u32;
    let remainder = value.wrapping_sub(quotient.wrapping_mul(divisor));
    below(below(remainder, divisor), divisor)
}

/// `value`, less `divisor` if that does not make it negative.
#[inline(always)]
const fn below(value: u32, divisor: u32) -> u32 {
    let difference = value.wrapping_sub(divisor);
    let negative = (difference >> 31).wrapping_neg();
    difference.wrapping_add(divisor & negative)
}
