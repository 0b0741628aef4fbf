use super::Uint;
use super::limb::{Limb, add, add_row, add_two_rows, multiply_add};
use core::cell::Cell;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Squarings that [`Modulus::new`] takes from `R · 2^(BITS / 32)` to `R · 2^BITS`.
const SQUARINGS: usize = 5;

/// An odd modulus `n` made ready for Montgomery's multiplication with `R = 2^BITS`.
///
/// A number `a` is said to be in Montgomery form when it stands for `a / R mod n`. All methods want their operands
/// below `n` and give results below `n`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Modulus<const N: usize> {
    n: Uint<N>,
    /// −1/n modulo 2^(bits of a limb).
    inverse: Limb,
    r_squared: Uint<N>,
}

impl<const N: usize> Modulus<N> {
    /// Makes a modulus ready, which must be odd and over 1. How many bits it has is not kept secret.
    pub fn new(n: &Uint<N>) -> Self {
        let mut modulus = Self {
            n: n.clone(),
            inverse: negative_inverse(n.0.first().copied().unwrap_or(1)),
            r_squared: Uint::ZERO,
        };
        let top = n.bits_vartime().saturating_sub(1);
        let mut power = Uint::power_of_two(top);
        for _ in top..Uint::<N>::BITS.saturating_add(Uint::<N>::BITS >> SQUARINGS) {
            modulus.double(&mut power);
        }
        for _ in 0..SQUARINGS {
            power = modulus.square(&power);
        }
        modulus.r_squared = power;
        modulus
    }

    /// The modulus itself.
    pub const fn n(&self) -> &Uint<N> {
        &self.n
    }

    /// 1 in Montgomery form.
    pub(crate) fn one(&self) -> Uint<N> {
        self.reduce(&self.r_squared)
    }

    /// `a` into Montgomery form.
    pub(crate) fn convert(&self, a: &Uint<N>) -> Uint<N> {
        self.multiply(a, &self.r_squared)
    }

    /// `a` out of Montgomery form.
    pub(crate) fn reduce(&self, a: &Uint<N>) -> Uint<N> {
        self.multiply(a, &Uint::small(1))
    }

    /// `high · R + low`, which must be below `n · R`, modulo `n`.
    pub(crate) fn remainder_wide(&self, low: &Uint<N>, high: &Uint<N>) -> Uint<N> {
        let mut wide = [low.0, high.0];
        let reduced = self.reduce_wide(&mut wide);
        wide.zeroize();
        self.convert(&reduced)
    }

    /// `a · b / R mod n`: the product of two numbers in Montgomery form.
    pub(crate) fn multiply(&self, a: &Uint<N>, b: &Uint<N>) -> Uint<N> {
        let mut sum = [0; N];
        let mut top = 0;
        for limb in &b.0 {
            top = row(&mut sum, top, &a.0, *limb, &self.n.0, self.inverse);
        }
        self.below(Uint(sum), top)
    }

    /// `a · a / R mod n`, cheaper than [`Self::multiply`].
    pub(crate) fn square(&self, a: &Uint<N>) -> Uint<N> {
        let mut wide = [[0; N]; 2];
        square(wide.as_flattened_mut(), &a.0);
        let reduced = self.reduce_wide(&mut wide);
        wide.zeroize();
        reduced
    }

    /// `a − b mod n`.
    pub(crate) fn subtract(&self, a: &mut Uint<N>, b: &Uint<N>) {
        let borrow = a.subtract(b);
        a.add_if(&self.n, borrow);
    }

    fn double(&self, a: &mut Uint<N>) {
        let carry = a.double();
        let fits = a.less(&self.n) & !carry & 1;
        a.subtract_if(&self.n, fits ^ 1);
    }

    /// Two limbs at a time, of which the second multiple follows from what the first does to the second limb.
    fn reduce_wide(&self, wide: &mut [[Limb; N]; 2]) -> Uint<N> {
        let [n0, n1, ..] = self.n.0.as_slice() else {
            return Uint::ZERO;
        };
        let mut top = 0;
        let mut limbs = wide.as_flattened_mut();
        while let [low, next, ..] = limbs {
            let first = low.wrapping_mul(self.inverse);
            let (_, carry) = multiply_add(first, *n0, *low, 0);
            let (sum, _) = multiply_add(first, *n1, *next, carry);
            let second = sum.wrapping_mul(self.inverse);
            let Some((row, above)) = limbs.split_at_mut_checked(N.saturating_add(1)) else {
                break;
            };
            let (carry, bit) = add_two_rows(row, &self.n.0, [first, second], top);
            for limb in above.iter_mut().take(1) {
                (*limb, top) = add(*limb, carry, bit);
            }
            limbs = limbs.get_mut(2..).unwrap_or_default();
        }
        let [_, high] = *wide;
        self.below(Uint(high), top)
    }

    /// `top · R + a`, which must be below `2 · n`, modulo `n`.
    #[inline(always)]
    fn below(&self, mut a: Uint<N>, top: Limb) -> Uint<N> {
        let mut difference = a.clone();
        let borrow = difference.subtract(&self.n);
        a.assign_if(&difference, top | (borrow ^ 1));
        a
    }
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

/// `wide = a · a`: the products of different limbs once, doubled, and the squares.
fn square(wide: &mut [Limb], a: &[Limb]) {
    let mut rest = a;
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

/// −1/n modulo 2^(bits of a limb) for an odd `n`, by Newton's method: each turn doubles the bits that are right.
pub(super) const fn negative_inverse(n: Limb) -> Limb {
    let mut inverse: Limb = 1;
    let mut right = 1;
    while right < Limb::BITS {
        inverse = inverse.wrapping_mul((2 as Limb).wrapping_sub(n.wrapping_mul(inverse)));
        right <<= 1;
    }
    inverse.wrapping_neg()
}
