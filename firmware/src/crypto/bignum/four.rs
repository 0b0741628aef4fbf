//! Products of four limbs of 64 bits, written out: as many as a 64-bit processor's registers hold. Each is two chains of
//! carries after all multiplications, as these spoil the carry.

/// Limbs of a number.
pub(crate) const FOUR: usize = 4;

/// `window + factors · limb + addend`; gives the lowest limb, and leaves the others in the window. It can't overflow.
#[inline(always)]
pub(crate) fn slide(window: &mut [u64; FOUR], factors: &[u64; FOUR], limb: u64, addend: u64) -> u64 {
    let [w0, w1, w2, w3] = *window;
    let [f0, f1, f2, f3] = *factors;
    let ((l0, h0), (l1, h1)) = (f0.carrying_mul(limb, 0), f1.carrying_mul(limb, 0));
    let ((l2, h2), (l3, h3)) = (f2.carrying_mul(limb, 0), f3.carrying_mul(limb, 0));
    let (lowest, carry) = w0.carrying_add(l0, false);
    let (w1, carry) = w1.carrying_add(l1, carry);
    let (w2, carry) = w2.carrying_add(l2, carry);
    let (w3, top) = w3.carrying_add(l3, carry);
    let (lowest, carry) = lowest.carrying_add(addend, false);
    let (w1, carry) = w1.carrying_add(h0, carry);
    let (w2, carry) = w2.carrying_add(h1, carry);
    let (w3, carry) = w3.carrying_add(h2, carry);
    let (w4, _) = h3.carrying_add(top as u64, carry);
    *window = [w1, w2, w3, w4];
    lowest
}

/// `a · b`.
#[inline(always)]
pub(crate) fn product(a: &[u64; FOUR], b: &[u64; FOUR]) -> [u64; 2 * FOUR] {
    let [b0, b1, b2, b3] = *b;
    let mut window = [0; FOUR];
    let t0 = slide(&mut window, a, b0, 0);
    let t1 = slide(&mut window, a, b1, 0);
    let t2 = slide(&mut window, a, b2, 0);
    let t3 = slide(&mut window, a, b3, 0);
    let [t4, t5, t6, t7] = window;
    [t0, t1, t2, t3, t4, t5, t6, t7]
}

/// `a · a`: the products of different limbs once, doubled, and the squares.
#[inline(always)]
pub(crate) fn square(a: &[u64; FOUR]) -> [u64; 2 * FOUR] {
    let [a0, a1, a2, a3] = *a;
    let ((t1, h01), (l02, h02)) = (a0.carrying_mul(a1, 0), a0.carrying_mul(a2, 0));
    let ((l03, h03), (l12, h12)) = (a0.carrying_mul(a3, 0), a1.carrying_mul(a2, 0));
    let ((l13, h13), (l23, h23)) = (a1.carrying_mul(a3, 0), a2.carrying_mul(a3, 0));
    let (t2, carry) = l02.carrying_add(h01, false);
    let (t3, carry) = l03.carrying_add(h02, carry);
    let (t4, carry) = l13.carrying_add(h03, carry);
    let (t5, carry) = l23.carrying_add(h13, carry);
    let (t6, _) = h23.carrying_add(0, carry);
    let (t3, carry) = t3.carrying_add(l12, false);
    let (t4, carry) = t4.carrying_add(h12, carry);
    let (t5, carry) = t5.carrying_add(0, carry);
    let (t6, _) = t6.carrying_add(0, carry);
    let (r1, carry) = t1.carrying_add(t1, false);
    let (r2, carry) = t2.carrying_add(t2, carry);
    let (r3, carry) = t3.carrying_add(t3, carry);
    let (r4, carry) = t4.carrying_add(t4, carry);
    let (r5, carry) = t5.carrying_add(t5, carry);
    let (r6, r7) = t6.carrying_add(t6, carry);
    let ((r0, s1), (s2, s3)) = (a0.carrying_mul(a0, 0), a1.carrying_mul(a1, 0));
    let ((s4, s5), (s6, s7)) = (a2.carrying_mul(a2, 0), a3.carrying_mul(a3, 0));
    let (r1, carry) = r1.carrying_add(s1, false);
    let (r2, carry) = r2.carrying_add(s2, carry);
    let (r3, carry) = r3.carrying_add(s3, carry);
    let (r4, carry) = r4.carrying_add(s4, carry);
    let (r5, carry) = r5.carrying_add(s5, carry);
    let (r6, carry) = r6.carrying_add(s6, carry);
    let (r7, _) = s7.carrying_add(r7 as u64, carry);
    [r0, r1, r2, r3, r4, r5, r6, r7]
}

/// `a · b` modulo 2^256.
#[inline(always)]
pub(crate) fn low_product(a: &[u64; FOUR], b: &[u64; FOUR]) -> [u64; FOUR] {
    let [a0, a1, a2, a3] = *a;
    let [b0, b1, b2, b3] = *b;
    let (r0, carry) = a0.carrying_mul(b0, 0);
    let (r1, carry) = a0.carrying_mul(b1, carry);
    let (r2, carry) = a0.carrying_mul(b2, carry);
    let r3 = a0.wrapping_mul(b3).wrapping_add(carry);
    let (r1, carry) = a1.carrying_mul_add(b0, r1, 0);
    let (r2, carry) = a1.carrying_mul_add(b1, r2, carry);
    let r3 = a1.wrapping_mul(b2).wrapping_add(r3).wrapping_add(carry);
    let (r2, carry) = a2.carrying_mul_add(b0, r2, 0);
    let r3 = a2.wrapping_mul(b1).wrapping_add(r3).wrapping_add(carry);
    [r0, r1, r2, a3.wrapping_mul(b0).wrapping_add(r3)]
}
