use super::element::Element;
use super::jacobian::{Affine, Jacobian};
use super::point::Point;
use super::scalar::Scalar;
use super::table::{ALL_ONES, COMBS, STEPS, TABLE, TEETH};
use crate::crypto::bignum::Limb;
use zeroize::Zeroize;

/// Digits from one tooth of a comb to the next.
const TOOTH_DISTANCE: usize = STEPS * COMBS;

/// Sums of teeth of a comb.
const ENTRIES: usize = 1 << (TEETH - 1);

/// [`TABLE`] in limbs.
static POINTS: [[Affine; ENTRIES]; COMBS] = points();

/// 1/2 modulo the order, in Montgomery form.
const HALF: Scalar = Scalar::from_words([
    0x0000_0000_0000_0000,
    0x0000_0000_0000_0000,
    0x0000_0000_0000_0000,
    0x8000_0000_0000_0000,
]);

/// `factor · G` in constant time, by the comb of Lim and Lee (1994) with digits that are never 0 (Hamburg 2012): with
/// `t = (factor + 2^digits − 1) / 2`, the sum of `(2 · tᵢ − 1) · 2^i` is the factor again.
///
/// Only for 0, and for one factor in some 2^160, the sum comes upon equal or opposite points; these take another way.
pub(super) fn multiple_of_base(factor: &Scalar) -> Point {
    let mut digits = factor.plus(&Scalar::from_words(ALL_ONES)).times(&HALF).to_limbs();
    let mut result: Option<Jacobian> = None;
    for step in (0..STEPS).rev() {
        result = result.map(|sum| sum.doubled());
        for (table, comb) in POINTS.iter().zip(0..COMBS) {
            let entry = selected(table, &digits, comb.wrapping_mul(STEPS).wrapping_add(step));
            result = Some(result.map_or_else(|| entry.into(), |sum| sum.plus(&entry)));
        }
    }
    digits.zeroize();
    let point = result.and_then(Jacobian::to_point);
    point.unwrap_or_else(|| Point::BASE.times_vartime(factor))
}

/// The entry for the digits of one comb's teeth, of which the lowest is bit `first`. Reads the whole table.
fn selected(table: &[Affine; ENTRIES], digits: &[Limb], first: usize) -> Affine {
    let digit = |tooth: usize| bit(digits, tooth.wrapping_mul(TOOTH_DISTANCE).wrapping_add(first));
    let negative = digit(TEETH - 1) ^ 1;
    let index = (0..TEETH - 1).fold(0, |index, tooth| index | (digit(tooth) ^ negative) << tooth);
    let mut found = Affine::ZERO;
    for (place, entry) in (0..).zip(table) {
        let here = equal(place, index).wrapping_neg();
        found.x.replace_zero_if(&entry.x, here);
        found.y.replace_zero_if(&entry.y, here);
    }
    found.y = found.y.negated_if(negative.wrapping_neg());
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

/// 1 if two small numbers are equal, else 0.
const fn equal(a: Limb, b: Limb) -> Limb {
    (a ^ b).wrapping_sub(1) >> (Limb::BITS - 1)
}

#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "the compiler runs it"
)]
const fn points() -> [[Affine; ENTRIES]; COMBS] {
    let mut points = [[Affine::ZERO; ENTRIES]; COMBS];
    let mut place = 0;
    while place < COMBS * ENTRIES {
        let [x, y] = TABLE[place / ENTRIES][place % ENTRIES];
        points[place / ENTRIES][place % ENTRIES] = Affine {
            x: Element::from_words(x),
            y: Element::from_words(y),
        };
        place += 1;
    }
    points
}
