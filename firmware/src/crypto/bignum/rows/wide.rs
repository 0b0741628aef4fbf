//! For a processor with 64-bit registers: four rows at a time, so that what is multiplied and what comes of it stay in
//! registers. Widths are multiples of four limbs.

use crate::crypto::bignum::four::{FOUR, low_product, slide, square as square_of_four};
use crate::crypto::bignum::montgomery::negative_inverse;
use zeroize::Zeroize;

/// −1/n modulo 2^256.
#[derive(Clone, Zeroize)]
pub(in super::super) struct Inverse([u64; FOUR]);

impl Inverse {
    /// From the inverse modulo 2^64, by Newton's method: each turn doubles the bits that are right.
    pub(in super::super) fn new(n: &[u64]) -> Self {
        let mut low = [0; FOUR];
        low.iter_mut().zip(n).for_each(|(to, from)| *to = *from);
        let mut inverse = [negative_inverse(n.first().copied().unwrap_or(1)), 0, 0, 0];
        for _ in 0..2 {
            let [first, rest @ ..] = low_product(&low, &inverse);
            let (two, carry) = first.carrying_add(2, false);
            let mut factor = [two, 0, 0, 0];
            let mut carry = carry;
            for (to, limb) in factor.iter_mut().skip(1).zip(rest) {
                (*to, carry) = limb.carrying_add(0, carry);
            }
            inverse = low_product(&inverse, &factor);
        }
        Self(inverse)
    }
}

/// `a · b / 2^(bits of N limbs)` modulo `n` into the high half, below twice `n`, for a `b` below `n`; gives the limb
/// above.
#[inline(always)]
pub(in super::super) fn multiply<const N: usize>(
    wide: &mut [[u64; N]; 2],
    a: &[u64; N],
    b: &[u64; N],
    n: &[u64; N],
    inverse: &Inverse,
) -> u64 {
    product(wide, a, b);
    reduce(wide, n, inverse)
}

/// `wide = a · a`: the products of different fours once, doubled, and their squares.
#[inline(always)]
pub(in super::super) fn square<const N: usize>(wide: &mut [[u64; N]; 2], a: &[u64; N]) {
    let wide = wide.as_flattened_mut();
    let (Some((factors, mut rest)), Some((lowest, above))) =
        (a.split_first_chunk(), wide.split_first_chunk_mut())
    else {
        return;
    };
    *lowest = [0; FOUR];
    write_rows(above, factors, rest);
    let mut place = 3 * FOUR;
    while let Some((factors, others)) = rest.split_first_chunk() {
        extend_rows(wide.get_mut(place..).unwrap_or_default(), factors, others);
        (rest, place) = (others, place.saturating_add(2 * FOUR));
    }
    let (mut shifted, mut carry) = (0, false);
    let eights = wide.as_chunks_mut::<{ 2 * FOUR }>().0;
    for (eight, four) in eights.iter_mut().zip(a.as_chunks().0) {
        for (limb, square) in eight.iter_mut().zip(square_of_four(four)) {
            let doubled = (*limb << 1) | shifted;
            shifted = *limb >> (u64::BITS - 1);
            (*limb, carry) = doubled.carrying_add(square, carry);
        }
    }
}

/// `wide / 2^(bits of N limbs)` modulo `n` into the high half, below twice `n`, for a number below `n · 2^(bits of N
/// limbs)`; gives the limb above.
#[inline(always)]
pub(in super::super) fn reduce<const N: usize>(
    wide: &mut [[u64; N]; 2],
    n: &[u64; N],
    inverse: &Inverse,
) -> u64 {
    let mut carry = false;
    let mut limbs = wide.as_flattened_mut();
    while let Some((low, high)) = limbs.split_at_mut_checked(N) {
        let Some((four, above)) = low.first_chunk().zip(high.first_chunk_mut::<FOUR>()) else {
            break;
        };
        let factors = low_product(four, &inverse.0);
        let window = add_rows(low, &factors, n);
        for (limb, more) in above.iter_mut().zip(window) {
            (*limb, carry) = limb.carrying_add(more, carry);
        }
        limbs = limbs.get_mut(FOUR..).unwrap_or_default();
    }
    carry.into()
}

/// `wide = a · b`.
#[inline(always)]
fn product<const N: usize>(wide: &mut [[u64; N]; 2], a: &[u64; N], b: &[u64; N]) {
    let wide = wide.as_flattened_mut();
    let Some((factors, more)) = b.as_chunks().0.split_first() else {
        return;
    };
    write_rows(wide, factors, a);
    let mut rest = wide.get_mut(FOUR..).unwrap_or_default();
    for factors in more {
        extend_rows(rest, factors, a);
        rest = rest.get_mut(FOUR..).unwrap_or_default();
    }
}

/// `sum = factors · row`, over four limbs more than `row` has, whatever they held.
#[inline(always)]
fn write_rows(sum: &mut [u64], factors: &[u64; FOUR], row: &[u64]) {
    let mut window = [0; FOUR];
    for (sum, limb) in sum.iter_mut().zip(row) {
        *sum = slide(&mut window, factors, *limb, 0);
    }
    let place = sum.get_mut(row.len()..).and_then(<[u64]>::first_chunk_mut);
    if let Some(place) = place {
        *place = window;
    }
}

/// `sum += factors · row`, and the four limbs above `row`'s are what comes there, whatever they held.
#[inline(always)]
fn extend_rows(sum: &mut [u64], factors: &[u64; FOUR], row: &[u64]) {
    let above = add_rows(sum, factors, row);
    let place = sum.get_mut(row.len()..).and_then(<[u64]>::first_chunk_mut);
    if let Some(place) = place {
        *place = above;
    }
}

/// `sum += factors · row` over the limbs of `row`; gives what comes above them.
#[inline(always)]
fn add_rows(sum: &mut [u64], factors: &[u64; FOUR], row: &[u64]) -> [u64; FOUR] {
    let mut window = [0; FOUR];
    for (sum, limb) in sum.iter_mut().zip(row) {
        *sum = slide(&mut window, factors, *limb, *sum);
    }
    window
}
