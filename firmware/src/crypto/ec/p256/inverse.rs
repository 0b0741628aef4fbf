//! Inverses modulo an odd number of 256 bits, in constant time: the algorithm of Bernstein and Yang, "Fast constant-time
//! gcd computation and modular inversion" (2019), with δ that begins at 1/2, for which 590 division steps are enough.
//!
//! Numbers are in nine signed digits of 30 bits, of which the highest has the sign. Thirty division steps look at the
//! lowest digits only, and come to a matrix that the whole numbers are multiplied by at once.

use super::limbs::LIMBS;
use crate::crypto::bignum::{Limb, negative_inverse};
use core::hint::black_box;

const DIGIT_BITS: u32 = 30;
const DIGIT_MASK: i32 = (1 << DIGIT_BITS) - 1;
const DIGITS: usize = 9;
/// Times that [`DIGIT_BITS`] division steps are done: 600 steps.
const TURNS: usize = 20;

type Digits = [i32; DIGITS];

/// What a number of division steps make of `f` and `g`, times 2^[`DIGIT_BITS`].
struct Matrix {
    ff: i32,
    fg: i32,
    gf: i32,
    gg: i32,
}

/// The modulus, and its inverse modulo 2^[`DIGIT_BITS`].
struct Modulus {
    digits: Digits,
    inverse: i32,
}

/// `1 / number` modulo an odd `modulus` that is above it and has no divisor in common with it; 0 for 0.
pub(super) fn inverse(number: &[Limb; LIMBS], modulus: &[Limb; LIMBS]) -> [Limb; LIMBS] {
    let modulus = Modulus::new(modulus);
    let (mut f, mut g) = (modulus.digits, to_digits(number));
    let (mut d, mut e) = ([0; DIGITS], [1, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut zeta = -1;
    for _ in 0..TURNS {
        let matrix;
        (zeta, matrix) = division_steps(zeta, lowest(&f), lowest(&g));
        matrix.apply(&mut f, &mut g);
        matrix.apply_modulo(&mut d, &mut e, &modulus);
    }
    to_limbs(&modulus.positive(&d, sign(&f)))
}

/// [`DIGIT_BITS`] division steps from the lowest digits of `f` and `g`, where `zeta` is −(δ + 1/2).
fn division_steps(mut zeta: i32, mut f: i32, mut g: i32) -> (i32, Matrix) {
    let (mut ff, mut fg, mut gf, mut gg) = (1_i32, 0_i32, 0_i32, 1_i32);
    for _ in 0..DIGIT_BITS {
        let (positive, odd) = (zeta >> 31, (g & 1).wrapping_neg());
        g = g.wrapping_add(negated_if(f, positive) & odd);
        gf = gf.wrapping_add(negated_if(ff, positive) & odd);
        gg = gg.wrapping_add(negated_if(fg, positive) & odd);
        let exchange = positive & odd;
        zeta = (zeta ^ exchange).wrapping_sub(1);
        f = f.wrapping_add(g & exchange);
        ff = ff.wrapping_add(gf & exchange) << 1;
        fg = fg.wrapping_add(gg & exchange) << 1;
        g >>= 1;
    }
    (zeta, Matrix { ff, fg, gf, gg })
}

impl Matrix {
    /// The product with `(f, g)`, divided by 2^[`DIGIT_BITS`], which leaves no remainder.
    fn apply(&self, f: &mut Digits, g: &mut Digits) {
        let old = (*f, *g);
        let (mut f_sum, mut g_sum) = self.product(lowest(f), lowest(g));
        let digits = old.0.iter().zip(&old.1).skip(1);
        for ((old_f, old_g), (f, g)) in digits.zip(f.iter_mut().zip(g.iter_mut())) {
            let (f_more, g_more) = self.product(*old_f, *old_g);
            f_sum = (f_sum >> DIGIT_BITS).wrapping_add(f_more);
            g_sum = (g_sum >> DIGIT_BITS).wrapping_add(g_more);
            (*f, *g) = (f_sum as i32 & DIGIT_MASK, g_sum as i32 & DIGIT_MASK);
        }
        set_top(f, f_sum);
        set_top(g, g_sum);
    }

    /// The product with `(d, e)`, divided by 2^[`DIGIT_BITS`] modulo `n`: multiples of `n` are added that leave no
    /// remainder, and that keep both between −2 · n and n.
    fn apply_modulo(&self, d: &mut Digits, e: &mut Digits, n: &Modulus) {
        let old = (*d, *e);
        let (d_sign, e_sign) = (sign(d), sign(e));
        let (mut d_sum, mut e_sum) = self.product(lowest(d), lowest(e));
        let d_factor = n.clearing((self.ff & d_sign).wrapping_add(self.fg & e_sign), d_sum);
        let e_factor = n.clearing((self.gf & d_sign).wrapping_add(self.gg & e_sign), e_sum);
        d_sum = d_sum.wrapping_add(product(d_factor, lowest(&n.digits)));
        e_sum = e_sum.wrapping_add(product(e_factor, lowest(&n.digits)));
        let digits = old.0.iter().zip(&old.1).zip(&n.digits).skip(1);
        for (((old_d, old_e), n), (d, e)) in digits.zip(d.iter_mut().zip(e.iter_mut())) {
            let (d_more, e_more) = self.product(*old_d, *old_e);
            d_sum = (d_sum >> DIGIT_BITS).wrapping_add(d_more);
            e_sum = (e_sum >> DIGIT_BITS).wrapping_add(e_more);
            d_sum = d_sum.wrapping_add(product(d_factor, *n));
            e_sum = e_sum.wrapping_add(product(e_factor, *n));
            (*d, *e) = (d_sum as i32 & DIGIT_MASK, e_sum as i32 & DIGIT_MASK);
        }
        set_top(d, d_sum);
        set_top(e, e_sum);
    }

    #[inline(always)]
    fn product(&self, f: i32, g: i32) -> (i64, i64) {
        let row = |left, right| product(left, f).wrapping_add(product(right, g));
        (row(self.ff, self.fg), row(self.gf, self.gg))
    }
}

impl Modulus {
    fn new(limbs: &[Limb; LIMBS]) -> Self {
        let [lowest, ..] = limbs;
        Self {
            digits: to_digits(limbs),
            inverse: negative_inverse(*lowest).wrapping_neg() as i32 & DIGIT_MASK,
        }
    }

    /// The factor next below `start` whose multiple of the modulus clears the lowest digit of `sum`.
    fn clearing(&self, start: i32, sum: i64) -> i32 {
        let excess = self.inverse.wrapping_mul(sum as i32).wrapping_add(start);
        start.wrapping_sub(excess & DIGIT_MASK)
    }

    /// `number`, or its opposite if all bits of `sign` are ones, as the least that is not negative; the number is above
    /// −2 · n and below n.
    fn positive(&self, number: &Digits, sign_mask: i32) -> Digits {
        let mut result = self.added_to_negative(number);
        for digit in &mut result {
            *digit = negated_if(*digit, sign_mask);
        }
        self.added_to_negative(&normal(&result))
    }

    fn added_to_negative(&self, number: &Digits) -> Digits {
        let (mut result, negative) = (*number, sign(number));
        for (digit, n) in result.iter_mut().zip(&self.digits) {
            *digit = digit.wrapping_add(n & negative);
        }
        normal(&result)
    }
}

/// The same number, with all digits but the highest from 0 to 2^[`DIGIT_BITS`] − 1.
fn normal(number: &Digits) -> Digits {
    let (mut result, mut carry) = (*number, 0);
    for digit in &mut result {
        let sum = digit.wrapping_add(carry);
        (*digit, carry) = (sum & DIGIT_MASK, sum >> DIGIT_BITS);
    }
    let [.., top] = &mut result;
    *top |= carry << DIGIT_BITS;
    result
}

fn to_digits(limbs: &[Limb; LIMBS]) -> Digits {
    let (mut digits, mut limbs) = ([0; DIGITS], limbs.iter());
    let (mut held, mut bits) = (0_u128, 0_u32);
    for digit in &mut digits {
        if bits < DIGIT_BITS {
            held |= u128::from(limbs.next().copied().unwrap_or_default()).wrapping_shl(bits);
            bits = bits.wrapping_add(Limb::BITS);
        }
        *digit = held as i32 & DIGIT_MASK;
        held >>= DIGIT_BITS;
        bits = bits.wrapping_sub(DIGIT_BITS);
    }
    digits
}

fn to_limbs(digits: &Digits) -> [Limb; LIMBS] {
    let (mut limbs, mut digits) = ([0; LIMBS], digits.iter());
    let (mut held, mut bits) = (0_u128, 0_u32);
    for limb in &mut limbs {
        while bits < Limb::BITS {
            held |= u128::from(digits.next().copied().unwrap_or_default() as u32).wrapping_shl(bits);
            bits = bits.wrapping_add(DIGIT_BITS);
        }
        *limb = held as Limb;
        held >>= Limb::BITS;
        bits = bits.wrapping_sub(Limb::BITS);
    }
    limbs
}

const fn lowest(number: &Digits) -> i32 {
    let [lowest, ..] = number;
    *lowest
}

fn set_top(number: &mut Digits, sum: i64) {
    let [.., top] = number;
    *top = (sum >> DIGIT_BITS) as i32;
}

/// All ones for a negative number, else zeros; of which the compiler does not know that it is one of the two, and makes no
/// branch.
fn sign(number: &Digits) -> i32 {
    let [.., top] = number;
    black_box(*top >> 31)
}

#[inline(always)]
fn product(a: i32, b: i32) -> i64 {
    i64::from(a).wrapping_mul(i64::from(b))
}

/// The opposite number, if all bits of `mask` are ones and not all zeros.
#[inline(always)]
const fn negated_if(number: i32, mask: i32) -> i32 {
    (number ^ mask).wrapping_sub(mask)
}
