use super::limb::Limb;
use super::{Modulus, Uint};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bits of an exponent that are worked on at once.
const WINDOW: usize = 4;
/// Powers of each base that are kept.
const POWERS: usize = 1 << WINDOW;
const WINDOWS_IN_LIMB: usize = Limb::BITS as usize / WINDOW;

/// The product of `K` powers modulo `n`, with all squarings shared (Straus 1964), in as many steps as the caller wants:
/// fixed windows, and tables that are read whole, so that neither time nor addresses tell the exponents.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Powers<const N: usize, const K: usize> {
    tables: [Table<N>; K],
    exponents: [Uint<N>; K],
    result: Uint<N>,
    /// Windows that are not yet worked on.
    left: usize,
}

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Table<const N: usize>([Uint<N>; POWERS]);

impl<const N: usize, const K: usize> Powers<N, K> {
    /// Begins `bases[0]^exponents[0] · …`; the bases in Montgomery form and below `n`.
    pub fn new(modulus: &Modulus<N>, bases: [&Uint<N>; K], exponents: [Uint<N>; K]) -> Self {
        Self {
            tables: bases.map(|base| Table::new(modulus, base)),
            exponents,
            result: modulus.one(),
            left: N.saturating_mul(WINDOWS_IN_LIMB),
        }
    }

    /// Works on up to `windows` more windows of 4 bits; gives the result, in Montgomery form, once all are done.
    pub fn step(&mut self, modulus: &Modulus<N>, windows: usize) -> Option<&Uint<N>> {
        for _ in 0..windows.min(self.left) {
            self.left = self.left.saturating_sub(1);
            for _ in 0..WINDOW {
                self.result = modulus.square(&self.result);
            }
            for (table, exponent) in self.tables.iter().zip(&self.exponents) {
                let power = table.look_up(window(exponent, self.left));
                self.result = modulus.multiply(&self.result, &power);
            }
        }
        (self.left == 0).then_some(&self.result)
    }
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
        for (place, power) in (0..).zip(&self.0) {
            found.assign_if(power, equal(place, index));
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
    let limb = exponent
        .0
        .get(index / WINDOWS_IN_LIMB)
        .copied()
        .unwrap_or_default();
    let shift = (index % WINDOWS_IN_LIMB).saturating_mul(WINDOW);
    (limb >> shift) & (POWERS as Limb).wrapping_sub(1)
}
