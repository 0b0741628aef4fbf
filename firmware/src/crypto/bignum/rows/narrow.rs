//! For a processor with few registers: a row at a time, or two.

use crate::crypto::bignum::limb::{Limb, UNROLLED, add, add_row, multiply_add};
use crate::crypto::bignum::montgomery::negative_inverse;
use core::cell::Cell;
use zeroize::Zeroize;

/// −1/n modulo 2^(bits of a limb).
#[derive(Clone, Zeroize)]
pub(in super::super) struct Inverse(Limb);

impl Inverse {
    pub(in super::super) const fn new(n: &[Limb]) -> Self {
        match n {
            [first, ..] => Self(negative_inverse(*first)),
            [] => Self(0),
        }
    }
}

/// `a · b / 2^(bits of N limbs)` modulo `n` into the high half, below twice `n`, for a `b` below `n`; gives the limb
/// above.
#[inline(always)]
pub(in super::super) fn multiply<const N: usize>(
    wide: &mut [[Limb; N]; 2],
    a: &[Limb; N],
    b: &[Limb; N],
    n: &[Limb; N],
    inverse: &Inverse,
) -> Limb {
    let [_, sum] = wide;
    let mut top = 0;
    sum.fill(0);
    for limb in b {
        top = row(sum, top, a, *limb, n, inverse.0);
    }
    top
}

/// `wide = a · a`: the products of different limbs once, doubled, and the squares.
#[inline(always)]
pub(in super::super) fn square<const N: usize>(wide: &mut [[Limb; N]; 2], a: &[Limb; N]) {
    let wide = wide.as_flattened_mut();
    wide.fill(0);
    let mut rest = a.as_slice();
    let mut place = 1_usize;
    while let Some((limb, others)) = rest.split_first() {
        let row = wide.get_mut(place..).unwrap_or_default();
        let carry = add_row(row, others, *limb);
        row.iter_mut()
            .skip(others.len())
            .take(1)
            .for_each(|limb| *limb = carry);
        (rest, place) = (others, place.saturating_add(2));
    }
    let (mut shifted, mut carry) = (0, 0);
    for ([low, high], limb) in wide.as_chunks_mut().0.iter_mut().zip(a) {
        let doubled = [(*low << 1) | shifted, (*high << 1) | (*low >> (Limb::BITS - 1))];
        shifted = *high >> (Limb::BITS - 1);
        let [first, second] = doubled;
        let (sum, up) = multiply_add(*limb, *limb, first, carry);
        *low = sum;
        (*high, carry) = add(second, up, 0);
    }
}

/// `wide / 2^(bits of N limbs)` modulo `n` into the high half, below twice `n`, for a number below `n · 2^(bits of N
/// limbs)`; gives the limb above. Two limbs at a time, of which the second multiple follows from what the first does to
/// the second limb.
#[inline(always)]
pub(in super::super) fn reduce<const N: usize>(
    wide: &mut [[Limb; N]; 2],
    n: &[Limb; N],
    inverse: &Inverse,
) -> Limb {
    let [n0, n1, ..] = n.as_slice() else { return 0 };
    let mut top = 0;
    let mut limbs = wide.as_flattened_mut();
    while let [low, next, ..] = limbs {
        let first = low.wrapping_mul(inverse.0);
        let (_, carry) = multiply_add(first, *n0, *low, 0);
        let (sum, _) = multiply_add(first, *n1, *next, carry);
        let second = sum.wrapping_mul(inverse.0);
        let Some((row, above)) = limbs.split_at_mut_checked(N.saturating_add(1)) else {
            break;
        };
        let (carry, bit) = add_two_rows(row, n, [first, second], top);
        for limb in above.iter_mut().take(1) {
            (*limb, top) = add(*limb, carry, bit);
        }
        limbs = limbs.get_mut(2..).unwrap_or_default();
    }
    top
}

/// `(sum + a · limb) / 2^(bits of a limb) mod n`, where `top` is the limb above `sum`; gives the new one.
#[inline(always)]
fn row<const N: usize>(
    sum: &mut [Limb; N],
    top: Limb,
    a: &[Limb; N],
    limb: Limb,
    n: &[Limb; N],
    inverse: Limb,
) -> Limb {
    let places = Cell::from_mut(sum.as_mut_slice()).as_slice_of_cells();
    let first = |limbs: &[Limb; N]| limbs.first().copied().unwrap_or_default();
    let (low, mut product_carry) = multiply_add(limb, first(a), places.first().map_or(0, Cell::get), 0);
    let factor = low.wrapping_mul(inverse);
    let (_, mut reduction_carry) = multiply_add(factor, first(n), low, 0);
    for ([to, from], (a, n)) in places.array_windows().zip(a.iter().zip(n).skip(1)) {
        let low;
        (low, product_carry) = multiply_add(limb, *a, from.get(), product_carry);
        let shifted;
        (shifted, reduction_carry) = multiply_add(factor, *n, low, reduction_carry);
        to.set(shifted);
    }
    let (last, carry) = add(product_carry, reduction_carry, 0);
    let (last, more) = add(last, top, 0);
    places.iter().rev().take(1).for_each(|place| place.set(last));
    carry.wrapping_add(more)
}

/// `sum += (factors[0] + factors[1] · 2^(bits of a limb)) · row`, and `top` into its last limb, over one limb more than
/// `row` has; gives the carries out of it, a limb and a bit. Two chains of carries keep a fast processor busy, and spare
/// half the memory accesses.
#[inline(always)]
fn add_two_rows(sum: &mut [Limb], row: &[Limb], factors: [Limb; 2], top: Limb) -> (Limb, Limb) {
    let [first, second] = factors;
    let (mut first_carry, mut second_carry, mut previous) = (0, 0, 0);
    let (sums, last) = sum.split_at_mut_checked(row.len()).unwrap_or_default();
    let (sums, _) = sums.as_chunks_mut::<UNROLLED>();
    for (sums, limbs) in sums.iter_mut().zip(row.as_chunks::<UNROLLED>().0) {
        for (sum, limb) in sums.iter_mut().zip(limbs) {
            let low;
            (low, first_carry) = multiply_add(first, *limb, *sum, first_carry);
            (*sum, second_carry) = multiply_add(second, previous, low, second_carry);
            previous = *limb;
        }
    }
    let mut bit = 0;
    for sum in last.iter_mut().take(1) {
        let low;
        (low, bit) = add(*sum, first_carry, top);
        (*sum, second_carry) = multiply_add(second, previous, low, second_carry);
    }
    (second_carry, bit)
}
