//! Limbs of 32 bits: Cortex-M4 does [`multiply_add`] in one instruction, UMAAL, and has registers for products of four
//! limbs by four.

/// Limbs of a number.
pub(in super::super) const LIMBS: usize = 8;

type Half = [u32; LIMBS / 2];

/// The order of the base point.
const ORDER: [Half; 2] = [
    [0xfc63_2551, 0xf3b9_cac2, 0xa717_9e84, 0xbce6_faad],
    [0xffff_ffff, 0xffff_ffff, 0, 0xffff_ffff],
];
/// −1 / order modulo 2^128.
const ORDER_INVERSE: Half = [0xee00_bc4f, 0xccd1_c8aa, 0x7d74_d2e4, 0x48c9_4408];

/// The low limb of a sum, whose rest goes on to the next limb.
macro_rules! column {
    ($sum:ident, $first:ident $(+ $more:ident)* $(- $less:expr)*) => {{
        $sum = $sum.wrapping_add(i64::from($first));
        $($sum = $sum.wrapping_add(i64::from($more));)*
        $($sum = $sum.wrapping_sub(i64::from($less));)*
        let limb = $sum as u32;
        $sum >>= u32::BITS;
        limb
    }};
}

/// `a · b + c + d` as low and high limb; it can't overflow.
#[inline(always)]
const fn multiply_add(a: u32, b: u32, c: u32, d: u32) -> (u32, u32) {
    let sum = (a as u64)
        .wrapping_mul(b as u64)
        .wrapping_add(c as u64)
        .wrapping_add(d as u64);
    (sum as u32, (sum >> u32::BITS) as u32)
}

/// `a · b + low + high` as low and high half; it can't overflow.
#[inline(never)]
fn multiply_add_halves(a: &Half, b: &Half, low: &mut Half, high: &mut Half) {
    let [a0, a1, a2, a3] = *a;
    let [b0, b1, b2, b3] = *b;
    let [mut t0, mut t1, mut t2, mut t3] = *low;
    let [mut t4, mut t5, mut t6, mut t7] = *high;
    macro_rules! row {
        ($factor:ident, $s0:ident, $s1:ident, $s2:ident, $s3:ident, $carry:ident) => {
            ($s0, $carry) = multiply_add($factor, b0, $s0, $carry);
            ($s1, $carry) = multiply_add($factor, b1, $s1, $carry);
            ($s2, $carry) = multiply_add($factor, b2, $s2, $carry);
            ($s3, $carry) = multiply_add($factor, b3, $s3, $carry);
        };
    }
    row!(a0, t0, t1, t2, t3, t4);
    row!(a1, t1, t2, t3, t4, t5);
    row!(a2, t2, t3, t4, t5, t6);
    row!(a3, t3, t4, t5, t6, t7);
    *low = [t0, t1, t2, t3];
    *high = [t4, t5, t6, t7];
}

/// `a · b / 2^256` modulo the prime of the coordinates, below twice the prime: the low limbs and the bit above.
#[inline(always)]
pub(in super::super) fn base_product(a: &[u32; LIMBS], b: &[u32; LIMBS]) -> ([u32; LIMBS], u32) {
    reduced_by_base(&product(a, b))
}

/// As [`base_product`] of a number with itself.
#[inline(always)]
pub(in super::super) fn base_square(a: &[u32; LIMBS]) -> ([u32; LIMBS], u32) {
    base_product(a, a)
}

/// `a · b / 2^256` modulo the order, below twice the order: the low limbs and the bit above.
#[inline(always)]
pub(in super::super) fn order_product(a: &[u32; LIMBS], b: &[u32; LIMBS]) -> ([u32; LIMBS], u32) {
    reduced_by_order(product(a, b))
}

/// As [`order_product`] of a number with itself.
#[inline(always)]
pub(in super::super) fn order_square(a: &[u32; LIMBS]) -> ([u32; LIMBS], u32) {
    order_product(a, a)
}

/// `a + b` and the carry.
#[inline(always)]
pub(in super::super) fn added(a: &[u32; LIMBS], b: &[u32; LIMBS]) -> ([u32; LIMBS], u32) {
    let [a0, a1, a2, a3, a4, a5, a6, a7] = *a;
    let [b0, b1, b2, b3, b4, b5, b6, b7] = *b;
    let mut sum = 0_i64;
    let limbs = [
        column!(sum, a0 + b0),
        column!(sum, a1 + b1),
        column!(sum, a2 + b2),
        column!(sum, a3 + b3),
        column!(sum, a4 + b4),
        column!(sum, a5 + b5),
        column!(sum, a6 + b6),
        column!(sum, a7 + b7),
    ];
    (limbs, sum as u32)
}

/// `a − b` and the borrow.
#[inline(always)]
pub(in super::super) fn subtracted(a: &[u32; LIMBS], b: &[u32; LIMBS]) -> ([u32; LIMBS], u32) {
    let [a0, a1, a2, a3, a4, a5, a6, a7] = *a;
    let [b0, b1, b2, b3, b4, b5, b6, b7] = *b;
    let mut sum = 0_i64;
    let limbs = [
        column!(sum, a0 - b0),
        column!(sum, a1 - b1),
        column!(sum, a2 - b2),
        column!(sum, a3 - b3),
        column!(sum, a4 - b4),
        column!(sum, a5 - b5),
        column!(sum, a6 - b6),
        column!(sum, a7 - b7),
    ];
    (limbs, (sum as u32) & 1)
}

/// Copies the limbs whose bits are ones in `mask` over zeros.
#[inline(always)]
pub(in super::super) fn copy_if(to: &mut [u32; LIMBS], from: &[u32; LIMBS], mask: u32) {
    let [t0, t1, t2, t3, t4, t5, t6, t7] = *to;
    let [a0, a1, a2, a3, a4, a5, a6, a7] = *from;
    *to = [
        t0 | a0 & mask,
        t1 | a1 & mask,
        t2 | a2 & mask,
        t3 | a3 & mask,
        t4 | a4 & mask,
        t5 | a5 & mask,
        t6 | a6 & mask,
        t7 | a7 & mask,
    ];
}

#[inline(always)]
fn product(a: &[u32; LIMBS], b: &[u32; LIMBS]) -> [Half; 4] {
    let mut wide = [[0; 4]; 4];
    let ([a0, a1], [b0, b1]) = (halves(a), halves(b));
    let [t0, t1, t2, t3] = &mut wide;
    multiply_add_halves(a0, b0, t0, t1);
    multiply_add_halves(a0, b1, t1, t2);
    multiply_add_halves(a1, b0, t1, t3);
    multiply_add_halves(a1, b1, t2, t3);
    wide
}

#[inline(always)]
fn halves(limbs: &[u32; LIMBS]) -> [&Half; 2] {
    let (halves, _) = limbs.as_chunks();
    match halves {
        [low, high] => [low, high],
        _ => [&[0; 4]; 2],
    }
}

/// The prime is `2^256 − 2^224 + 2^192 + 2^96 − 1`, so that the multiple which clears a limb is that limb itself, and
/// its other parts go to the limbs 3, 6, 7 (taken away) and 8 places up.
#[inline(always)]
fn reduced_by_base(wide: &[Half; 4]) -> ([u32; LIMBS], u32) {
    let [
        [t0, t1, t2, t3],
        [t4, t5, t6, t7],
        [t8, t9, t10, t11],
        [t12, t13, t14, t15],
    ] = *wide;
    let mut sum = 0_i64;
    let m0 = column!(sum, t0);
    let m1 = column!(sum, t1);
    let m2 = column!(sum, t2);
    let m3 = column!(sum, t3 + m0);
    let m4 = column!(sum, t4 + m1);
    let m5 = column!(sum, t5 + m2);
    let m6 = column!(sum, t6 + m3 + m0);
    let m7 = column!(sum, t7 + m4 + m1 - m0);
    let r0 = column!(sum, t8 + m5 + m2 + m0 - m1);
    let r1 = column!(sum, t9 + m6 + m3 + m1 - m2);
    let r2 = column!(sum, t10 + m7 + m4 + m2 - m3);
    let r3 = column!(sum, t11 + m5 + m3 - m4);
    let r4 = column!(sum, t12 + m6 + m4 - m5);
    let r5 = column!(sum, t13 + m7 + m5 - m6);
    let r6 = column!(sum, t14 + m6 - m7);
    let r7 = column!(sum, t15 + m7);
    ([r0, r1, r2, r3, r4, r5, r6, r7], sum as u32)
}

/// Montgomery's reduction by half a number at a time.
#[inline(always)]
fn reduced_by_order(wide: [Half; 4]) -> ([u32; LIMBS], u32) {
    let [mut t0, mut t1, mut t2, t3] = wide;
    let carry = clear_half(&mut t0, &mut t1);
    let (sum, above) = added(&joined(t2, t3), &joined(carry, [0; 4]));
    let [low, high] = halves(&sum);
    t2 = *low;
    let carry = clear_half(&mut t1, &mut t2);
    let (sum, more) = added(&joined(t2, *high), &joined([0; 4], carry));
    (sum, above | more)
}

/// Adds the multiple of the order that clears the low half; gives the carry out of the high one.
#[inline(always)]
fn clear_half(low: &mut Half, high: &mut Half) -> Half {
    let (mut factor, mut carry) = ([0; 4], [0; 4]);
    multiply_add_halves(low, &ORDER_INVERSE, &mut factor, &mut [0; 4]);
    let [order_low, order_high] = &ORDER;
    multiply_add_halves(&factor, order_low, low, &mut carry);
    multiply_add_halves(&factor, order_high, high, &mut carry);
    carry
}

#[inline(always)]
fn joined(low: Half, high: Half) -> [u32; LIMBS] {
    let [l0, l1, l2, l3] = low;
    let [h0, h1, h2, h3] = high;
    [l0, l1, l2, l3, h0, h1, h2, h3]
}
