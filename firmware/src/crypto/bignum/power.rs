use super::limb::Limb;
use super::montgomery::Room;
use super::{Modulus, Uint};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bits of an exponent that are worked on at once: a host has room for twice the powers.
const WINDOW: usize = if cfg!(target_pointer_width = "64") { 5 } else { 4 };
/// Powers of each base that are kept.
const POWERS: usize = 1 << WINDOW;

/// A power modulo `n` in as many steps as the caller wants: fixed windows, and a table that is read whole, so that
/// neither time nor addresses tell the exponent.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Power<const N: usize> {
    table: Table<N>,
    exponent: Uint<N>,
    result: Uint<N>,
    /// Windows that are not yet worked on.
    left: usize,
}

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Table<const N: usize>([Uint<N>; POWERS]);

impl<const N: usize> Power<N> {
    /// Windows of an exponent.
    const WINDOWS: usize = Uint::<N>::BITS.div_ceil(WINDOW);

    /// Begins `base^exponent`; the base in Montgomery form and below `n`.
    pub fn new(modulus: &Modulus<N>, base: &Uint<N>, exponent: &Uint<N>) -> Self {
        Self {
            table: Table::new(modulus, base),
            exponent: exponent.clone(),
            result: modulus.one(),
            left: Self::WINDOWS,
        }
    }

    /// Works on up to `windows` more windows of [`WINDOW`] bits; gives the result, in Montgomery form, once all are done.
    pub fn step(&mut self, modulus: &Modulus<N>, windows: usize) -> Option<&Uint<N>> {
        let mut room = Room::default();
        for _ in 0..windows.min(self.left) {
            let is_first = self.left == Self::WINDOWS;
            self.left = self.left.saturating_sub(1);
            let factor = self.table.look_up(window(&self.exponent, self.left));
            if is_first {
                self.result = factor;
                continue;
            }
            for _ in 0..WINDOW {
                modulus.square_below_r(&mut self.result, &mut room);
            }
            modulus.multiply_by(&mut self.result, &factor, &mut room);
        }
        (self.left == 0).then_some(&self.result)
    }
}

/// `base^exponent` for a base in Montgomery form and an odd exponent, in time that depends on the exponent.
pub(crate) fn public_power<const N: usize>(modulus: &Modulus<N>, base: &Uint<N>, exponent: u32) -> Uint<N> {
    let (mut result, mut room) = (base.clone(), Room::default());
    for place in (0..exponent.checked_ilog2().unwrap_or_default()).rev() {
        modulus.square_below_r(&mut result, &mut room);
        if (exponent >> place) & 1 == 1 {
            modulus.multiply_by(&mut result, base, &mut room);
        }
    }
    result
}

impl<const N: usize> Table<N> {
    fn new(modulus: &Modulus<N>, base: &Uint<N>) -> Self {
        let mut power = modulus.one();
        let table = core::array::from_fn(|_| {
            let next = modulus.multiply(&power, base);
            core::mem::replace(&mut power, next)
        });
        Self(table)
    }

    /// Reads the whole table to take one power from it.
    fn look_up(&self, index: Limb) -> Uint<N> {
        let mut found = Uint::ZERO;
        for (four, first) in self.0.as_chunks().0.iter().zip((0..).step_by(4)) {
            found.or_one_of(four, [0, 1, 2, 3].map(|place| equal(first | place, index)));
        }
        found
    }
}

/// 1 if two small numbers are equal, else 0.
const fn equal(a: Limb, b: Limb) -> Limb {
    (a ^ b).wrapping_sub(1) >> (Limb::BITS - 1)
}

/// The window of an exponent with this number; the least significant has number 0.
fn window<const N: usize>(exponent: &Uint<N>, index: usize) -> Limb {
    let bit = index.saturating_mul(WINDOW);
    let place = bit >> Limb::BITS.trailing_zeros();
    let limb = |place: usize| exponent.0.get(place).copied().unwrap_or_default();
    let low = limb(place).wrapping_shr(bit as u32);
    let high = (limb(place.saturating_add(1)) << 1).wrapping_shl(!bit as u32);
    (low | high) & (POWERS as Limb).wrapping_sub(1)
}
