use super::Uint;
use super::limb::{Limb, mask, subtract};
use super::rows::{self, Inverse};
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
    inverse: Inverse,
    r_squared: Uint<N>,
}

impl<const N: usize> Modulus<N> {
    /// Makes a modulus ready, which must be odd and over 1. How many bits it has is not kept secret.
    pub fn new(n: &Uint<N>) -> Self {
        let mut modulus = Self {
            n: n.clone(),
            inverse: Inverse::new(&n.0),
            r_squared: Uint::ZERO,
        };
        let top = n.bits_vartime().saturating_sub(1);
        let mut power = Uint::power_of_two(top);
        for _ in top..Uint::<N>::BITS.saturating_add(Uint::<N>::BITS >> SQUARINGS) {
            modulus.double(&mut power);
        }
        let mut room = Room::default();
        for _ in 0..SQUARINGS {
            modulus.square(&mut power, &mut room);
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
        let (mut room, mut remainder) = (Room([low.0, high.0]), Uint::ZERO);
        let top = rows::reduce(&mut room.0, &self.n.0, &self.inverse);
        self.write_below(&mut remainder, &mut room, top);
        self.multiply_by(&mut remainder, &self.r_squared, &mut room);
        remainder
    }

    /// `a · b / R mod n`: the product of two numbers in Montgomery form.
    pub(crate) fn multiply(&self, a: &Uint<N>, b: &Uint<N>) -> Uint<N> {
        let mut product = a.clone();
        self.multiply_by(&mut product, b, &mut Room::default());
        product
    }

    /// `a = a · b / R mod n`.
    #[inline]
    pub(super) fn multiply_by(&self, a: &mut Uint<N>, b: &Uint<N>, room: &mut Room<N>) {
        let top = rows::multiply(&mut room.0, &a.0, &b.0, &self.n.0, &self.inverse);
        self.write_below(a, room, top);
    }

    /// `a = a · a / R mod n`, cheaper than [`Self::multiply_by`].
    #[inline]
    pub(super) fn square(&self, a: &mut Uint<N>, room: &mut Room<N>) {
        rows::square(&mut room.0, &a.0);
        let top = rows::reduce(&mut room.0, &self.n.0, &self.inverse);
        self.write_below(a, room, top);
    }

    /// As [`Self::square`] for an `a` that is below R only, and so is the result: it need not be compared with `n`. A product
    /// with a number below `n` is below `n` again.
    #[inline]
    pub(super) fn square_below_r(&self, a: &mut Uint<N>, room: &mut Room<N>) {
        rows::square(&mut room.0, &a.0);
        let top = rows::reduce(&mut room.0, &self.n.0, &self.inverse);
        let [_, number] = &room.0;
        let (mask, mut borrow) = (mask(top), 0);
        for ((to, limb), n) in a.0.iter_mut().zip(number).zip(&self.n.0) {
            (*to, borrow) = subtract(*limb, *n & mask, borrow);
        }
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

    /// `to = top · R + number mod n`, for the high half of the room and less than `2 · n`.
    #[inline]
    fn write_below(&self, to: &mut Uint<N>, room: &mut Room<N>, top: Limb) {
        let [difference, number] = &mut room.0;
        let mut borrow = 0;
        for ((place, limb), n) in difference.iter_mut().zip(&*number).zip(&self.n.0) {
            (*place, borrow) = subtract(*limb, *n, borrow);
        }
        let keep = mask(borrow & !top & 1);
        for ((to, limb), other) in to.0.iter_mut().zip(&*number).zip(&*difference) {
            *to = *other ^ ((*other ^ *limb) & keep);
        }
    }
}

/// Room for a product and what its reduction leaves behind; wiped when dropped. Who multiplies more than once keeps it.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Room<const N: usize>([[Limb; N]; 2]);

impl<const N: usize> Default for Room<N> {
    fn default() -> Self {
        Self([[0; N]; 2])
    }
}

/// −1/n modulo 2^(bits of a limb) for an odd `n`, by Newton's method: each turn doubles the bits that are right.
pub(crate) const fn negative_inverse(n: Limb) -> Limb {
    let mut inverse: Limb = 1;
    let mut right = 1;
    while right < Limb::BITS {
        inverse = inverse.wrapping_mul((2 as Limb).wrapping_sub(n.wrapping_mul(inverse)));
        right <<= 1;
    }
    inverse.wrapping_neg()
}
