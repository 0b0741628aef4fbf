//! Limbs of 64 bits.

pub(in super::super) use crate::crypto::bignum::four::FOUR as LIMBS;
use crate::crypto::bignum::four::{product, square};

/// The order of the base point.
const ORDER: [u64; LIMBS] = [
    0xf3b9_cac2_fc63_2551,
    0xbce6_faad_a717_9e84,
    0xffff_ffff_ffff_ffff,
    0xffff_ffff_0000_0000,
];
/// −1 / order modulo 2^64.
const ORDER_INVERSE: u64 = 0xccd1_c8aa_ee00_bc4f;

/// The highest limb of the prime of the coordinates.
const BASE_TOP: u64 = 0xffff_ffff_0000_0001;

/// `a · b + c + d` as low and high limb; it can't overflow.
#[inline(always)]
const fn multiply_add(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let sum = (a as u128)
        .wrapping_mul(b as u128)
        .wrapping_add(c as u128)
        .wrapping_add(d as u128);
    (sum as u64, (sum >> u64::BITS) as u64)
}

/// `a · b / 2^256` modulo the prime of the coordinates, below twice the prime: the low limbs and the bit above.
#[inline(always)]
pub(in super::super) fn base_product(a: &[u64; LIMBS], b: &[u64; LIMBS]) -> ([u64; LIMBS], u64) {
    reduced_by_base(&product(a, b))
}

/// As [`base_product`] of a number with itself.
#[inline(always)]
pub(in super::super) fn base_square(a: &[u64; LIMBS]) -> ([u64; LIMBS], u64) {
    reduced_by_base(&square(a))
}

/// `a · b / 2^256` modulo the order, below twice the order: the low limbs and the bit above.
#[inline(always)]
pub(in super::super) fn order_product(a: &[u64; LIMBS], b: &[u64; LIMBS]) -> ([u64; LIMBS], u64) {
    reduced_by_order(&product(a, b))
}

/// As [`order_product`] of a number with itself.
#[inline(always)]
pub(in super::super) fn order_square(a: &[u64; LIMBS]) -> ([u64; LIMBS], u64) {
    reduced_by_order(&square(a))
}

/// `a + b` and the carry.
#[inline(always)]
pub(in super::super) fn added(a: &[u64; LIMBS], b: &[u64; LIMBS]) -> ([u64; LIMBS], u64) {
    let [a0, a1, a2, a3] = *a;
    let [b0, b1, b2, b3] = *b;
    let (r0, carry) = a0.carrying_add(b0, false);
    let (r1, carry) = a1.carrying_add(b1, carry);
    let (r2, carry) = a2.carrying_add(b2, carry);
    let (r3, carry) = a3.carrying_add(b3, carry);
    ([r0, r1, r2, r3], carry.into())
}

/// `a − b` and the borrow.
#[inline(always)]
pub(in super::super) fn subtracted(a: &[u64; LIMBS], b: &[u64; LIMBS]) -> ([u64; LIMBS], u64) {
    let [a0, a1, a2, a3] = *a;
    let [b0, b1, b2, b3] = *b;
    let (r0, borrow) = a0.borrowing_sub(b0, false);
    let (r1, borrow) = a1.borrowing_sub(b1, borrow);
    let (r2, borrow) = a2.borrowing_sub(b2, borrow);
    let (r3, borrow) = a3.borrowing_sub(b3, borrow);
    ([r0, r1, r2, r3], borrow.into())
}

/// Copies the limbs whose bits are ones in `mask` over zeros.
#[inline(always)]
pub(in super::super) fn copy_if(to: &mut [u64; LIMBS], from: &[u64; LIMBS], mask: u64) {
    let [t0, t1, t2, t3] = *to;
    let [a0, a1, a2, a3] = *from;
    *to = [t0 | a0 & mask, t1 | a1 & mask, t2 | a2 & mask, t3 | a3 & mask];
}

/// The low half is cleared limb by limb, and what that makes of it added to the high half at last.
#[inline(always)]
fn reduced_by_base(wide: &[u64; 2 * LIMBS]) -> ([u64; LIMBS], u64) {
    let [t0, mut t1, mut t2, mut t3, t4, t5, t6, t7] = *wide;
    let (mut r0, mut r1, mut r2, r3);
    /// The prime's limbs are −1, 2^32 − 1, 0 and the highest: the multiple which clears a limb is that limb itself.
    macro_rules! clear {
        ($limb:ident => $first:ident, $second:ident, $third:ident, $fourth:ident) => {
            let carry;
            ($first, carry) = $first.carrying_add($limb << 32, false);
            let (sum, carry) = $second.carrying_add($limb >> 32, carry);
            $second = sum;
            ($third, $fourth) = multiply_add($limb, BASE_TOP, $third, carry.into());
        };
    }
    clear!(t0 => t1, t2, t3, r0);
    clear!(t1 => t2, t3, r0, r1);
    clear!(t2 => t3, r0, r1, r2);
    clear!(t3 => r0, r1, r2, r3);
    added(&[r0, r1, r2, r3], &[t4, t5, t6, t7])
}

#[inline(always)]
fn reduced_by_order(wide: &[u64; 2 * LIMBS]) -> ([u64; LIMBS], u64) {
    let [t0, mut t1, mut t2, mut t3, t4, t5, t6, t7] = *wide;
    let [n0, n1, n2, n3] = ORDER;
    let (mut r0, mut r1, mut r2, r3);
    macro_rules! clear {
        ($limb:ident => [$($sum:ident),*], $top:ident) => {
            let factor = $limb.wrapping_mul(ORDER_INVERSE);
            let (_, mut carry) = multiply_add(factor, n0, $limb, 0);
            for_limbs!(factor, carry, [n1, n2, n3] => [$($sum),*]);
            $top = carry;
        };
    }
    macro_rules! for_limbs {
        ($factor:ident, $carry:ident, [$($limb:ident),*] => [$($sum:ident),*]) => {
            $(($sum, $carry) = multiply_add($factor, $limb, $sum, $carry);)*
        };
    }
    clear!(t0 => [t1, t2, t3], r0);
    clear!(t1 => [t2, t3, r0], r1);
    clear!(t2 => [t3, r0, r1], r2);
    clear!(t3 => [r0, r1, r2], r3);
    added(&[r0, r1, r2, r3], &[t4, t5, t6, t7])
}
