use super::element::Element;
use super::point::{Affine, Point};
use super::scalar::Scalar;
use super::table::{Entry, TABLE};
use crate::crypto::bignum::Limb;
use subtle::{Choice, ConditionallySelectable};
use zeroize::Zeroize;

/// Bits that a comb reads at once.
const TEETH: usize = 5;
/// Combs that work side by side.
const COMBS: usize = 4;
/// Steps of a comb from one tooth to the next.
const STEPS: usize = 13;
/// The combs read 260 digits.
const TOOTH_DISTANCE: usize = STEPS * COMBS;

/// 2^260 − 1 modulo the order, in Montgomery form.
const ALL_ONES: Scalar = Scalar::from_words([
    0x6fa3_d38c_f9af_2f8b,
    0xb914_b460_5860_e1cf,
    0x845b_2392_b6be_c595,
    0x6e12_d954_3d95_61fd,
]);
/// 1/2 modulo the order, in Montgomery form.
const HALF: Scalar = Scalar::from_words([
    0x0000_0000_0000_0000,
    0x0000_0000_0000_0000,
    0x0000_0000_0000_0000,
    0x8000_0000_0000_0000,
]);

/// `factor · G` in constant time, by the comb of Lim and Lee (1994) with digits that are never 0 (Hamburg 2012): with
/// `t = (factor + 2^260 − 1) / 2`, the sum of `(2 · tᵢ − 1) · 2^i` is the factor again.
pub(super) fn multiple_of_base(factor: &Scalar) -> Point {
    let mut digits = factor.plus(&ALL_ONES).times(&HALF).to_limbs();
    let mut result = Point::NEUTRAL;
    for step in (0..STEPS).rev() {
        result = result.doubled();
        for (table, comb) in TABLE.iter().zip(0..COMBS) {
            let first = comb.wrapping_mul(STEPS).wrapping_add(step);
            result = result.plus_affine(&selected(table, &digits, first));
        }
    }
    digits.zeroize();
    result
}

/// The entry for the digits of one comb's teeth, of which the lowest is bit `first`. Reads the whole table.
fn selected(table: &[Entry; 16], digits: &[Limb], first: usize) -> Affine {
    let digit = |tooth: usize| bit(digits, tooth.wrapping_mul(TOOTH_DISTANCE).wrapping_add(first));
    let negative = digit(TEETH - 1) ^ 1;
    let index = (0..TEETH - 1).fold(0, |index, tooth| index | (digit(tooth) ^ negative) << tooth);
    let mut found = Affine::default();
    for (place, [x, y]) in (0..).zip(table) {
        let here = equal(place, index);
        found.x.conditional_assign(&Element::from_words(*x), here);
        found.y.conditional_assign(&Element::from_words(*y), here);
    }
    found.negate_if(Choice::from(negative as u8));
    found
}

/// A bit by its public place; 0 above the number.
fn bit(digits: &[Limb], place: usize) -> Limb {
    let limb = digits
        .get(place >> Limb::BITS.trailing_zeros())
        .copied()
        .unwrap_or_default();
    limb.wrapping_shr(place as u32) & 1
}

fn equal(a: Limb, b: Limb) -> Choice {
    Choice::from(((a ^ b).wrapping_sub(1) >> (Limb::BITS - 1)) as u8)
}
