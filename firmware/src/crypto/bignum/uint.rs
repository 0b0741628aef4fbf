use super::limb::{LIMB_LEN, Limb, add, add_row, mask, subtract};
use crate::crypto::{CryptoError, Random};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A number of `N` limbs, the least significant first; wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Uint<const N: usize>(pub(super) [Limb; N]);

impl<const N: usize> Uint<N> {
    /// Bytes it takes.
    pub const LEN: usize = N.saturating_mul(LIMB_LEN);
    /// Bits it takes.
    pub const BITS: usize = Self::LEN.saturating_mul(8);
    /// 0.
    pub const ZERO: Self = Self([0; N]);

    /// A number of one limb.
    pub(crate) fn small(value: Limb) -> Self {
        let mut limbs = [0; N];
        if let Some(first) = limbs.first_mut() {
            *first = value;
        }
        Self(limbs)
    }

    /// 2^`bit`; 0 when that does not fit.
    pub(crate) fn power_of_two(bit: usize) -> Self {
        let mut limbs = [0; N];
        if let Some(limb) = limbs.get_mut(bit >> Limb::BITS.trailing_zeros()) {
            *limb = (1 as Limb).wrapping_shl(bit as u32);
        }
        Self(limbs)
    }

    /// The number with these bytes, the most significant first.
    ///
    /// # Errors
    /// [`CryptoError::TooLong`] when they are more than [`Self::LEN`].
    pub fn from_be_bytes(bytes: &[u8]) -> Result<Self, CryptoError> {
        if bytes.len() > Self::LEN {
            return Err(CryptoError::TooLong);
        }
        let mut limbs = [0; N];
        for (limb, bytes) in limbs.iter_mut().zip(bytes.rchunks(LIMB_LEN)) {
            *limb = bytes.iter().fold(0, |limb, byte| (limb << 8) | Limb::from(*byte));
        }
        Ok(Self(limbs))
    }

    /// Fills `bytes` with the number, the most significant byte first; what does not fit is cut off at the top.
    pub fn write_be_bytes(&self, bytes: &mut [u8]) {
        let mut limbs = self.0.iter();
        for bytes in bytes.rchunks_mut(LIMB_LEN) {
            let limb = limbs.next().copied().unwrap_or_default().to_be_bytes();
            let places = bytes.iter_mut().rev();
            places.zip(limb.iter().rev()).for_each(|(to, from)| *to = *from);
        }
    }

    /// Random bits in all places.
    pub(crate) fn random(random: &mut impl Random) -> Result<Self, CryptoError> {
        let mut number = Self::ZERO;
        for limb in &mut number.0 {
            let mut bytes = [0; LIMB_LEN];
            random.fill(&mut bytes)?;
            *limb = Limb::from_le_bytes(bytes);
        }
        Ok(number)
    }

    /// The limbs, the least significant first.
    pub(crate) const fn limbs(&self) -> &[Limb; N] {
        &self.0
    }

    /// The limbs, to change them in place.
    pub(crate) const fn limbs_mut(&mut self) -> &mut [Limb; N] {
        &mut self.0
    }

    /// The number, wider or narrower; what does not fit is cut off at the top.
    pub(crate) fn resized<const M: usize>(&self) -> Uint<M> {
        let mut limbs = [0; M];
        limbs.iter_mut().zip(&self.0).for_each(|(to, from)| *to = *from);
        Uint(limbs)
    }

    /// The lower and the upper half.
    pub(crate) fn halves<const H: usize>(&self) -> (Uint<H>, Uint<H>) {
        let mut high = [0; H];
        high.iter_mut()
            .zip(self.0.iter().skip(H))
            .for_each(|(to, from)| *to = *from);
        (self.resized(), Uint(high))
    }

    /// `self += other`; gives the carry.
    pub(crate) fn add(&mut self, other: &Self) -> Limb {
        let mut carry = 0;
        for (limb, other) in self.0.iter_mut().zip(&other.0) {
            (*limb, carry) = add(*limb, *other, carry);
        }
        carry
    }

    /// `self −= other`; gives the borrow.
    pub(crate) fn subtract(&mut self, other: &Self) -> Limb {
        let mut borrow = 0;
        for (limb, other) in self.0.iter_mut().zip(&other.0) {
            (*limb, borrow) = subtract(*limb, *other, borrow);
        }
        borrow
    }

    /// `self −= other` if `bit` is 1.
    pub(crate) fn subtract_if(&mut self, other: &Self, bit: Limb) {
        let (mask, mut borrow) = (mask(bit), 0);
        for (limb, other) in self.0.iter_mut().zip(&other.0) {
            (*limb, borrow) = subtract(*limb, *other & mask, borrow);
        }
    }

    /// `self += other` if `bit` is 1.
    pub(crate) fn add_if(&mut self, other: &Self, bit: Limb) {
        let (mask, mut carry) = (mask(bit), 0);
        for (limb, other) in self.0.iter_mut().zip(&other.0) {
            (*limb, carry) = add(*limb, *other & mask, carry);
        }
    }

    /// `self = other` if `bit` is 1.
    pub(crate) fn assign_if(&mut self, other: &Self, bit: Limb) {
        let mask = mask(bit);
        for (limb, other) in self.0.iter_mut().zip(&other.0) {
            *limb ^= (*limb ^ *other) & mask;
        }
    }

    /// Sets the bits too of those numbers whose bit is 1: of four at once, as each touches all limbs of this one.
    #[inline]
    pub(super) fn or_one_of(&mut self, numbers: &[Self; 4], bits: [Limb; 4]) {
        let ([a, b, c, d], [in_a, in_b, in_c, in_d]) = (numbers, bits.map(mask));
        let numbers = a.0.iter().zip(&b.0).zip(c.0.iter().zip(&d.0));
        for (limb, ((a, b), (c, d))) in self.0.iter_mut().zip(numbers) {
            *limb |= (a & in_a) | (b & in_b) | (c & in_c) | (d & in_d);
        }
    }

    /// 1 if `self < other`, else 0.
    pub(crate) fn less(&self, other: &Self) -> Limb {
        let mut borrow = 0;
        for (limb, other) in self.0.iter().zip(&other.0) {
            (_, borrow) = subtract(*limb, *other, borrow);
        }
        borrow
    }

    /// Shifts by one place towards the top; gives the bit that falls out.
    pub(crate) fn double(&mut self) -> Limb {
        let mut carry = 0;
        for limb in &mut self.0 {
            (*limb, carry) = ((*limb << 1) | carry, *limb >> (Limb::BITS - 1));
        }
        carry
    }

    /// Shifts by one place towards the bottom if `bit` is 1, and lets `top` in there.
    pub(crate) fn halve_if(&mut self, bit: Limb, top: Limb) {
        let (mask, mut carry) = (mask(bit), top);
        for limb in self.0.iter_mut().rev() {
            let half = (*limb >> 1) | (carry << (Limb::BITS - 1));
            carry = *limb & 1;
            *limb ^= (*limb ^ half) & mask;
        }
    }

    /// `self · other` as `M` limbs, which should be twice `N`.
    pub(crate) fn times<const M: usize>(&self, other: &Self) -> Uint<M> {
        let mut product = [0; M];
        for (place, limb) in other.0.iter().enumerate() {
            let Some((row, rest)) = product
                .get_mut(place..)
                .and_then(|row| row.split_at_mut_checked(N))
            else {
                break;
            };
            let carry = add_row(row, &self.0, *limb);
            rest.iter_mut().take(1).for_each(|limb| *limb = carry);
        }
        Uint(product)
    }

    /// Places up to the highest bit that is 1, in time that depends on the number.
    pub(crate) fn bits_vartime(&self) -> usize {
        let zeros = self.0.iter().rev().take_while(|limb| **limb == 0).count();
        let top = self.0.iter().rev().find(|limb| **limb != 0);
        let places = N.saturating_sub(zeros).saturating_mul(Limb::BITS as usize);
        places.saturating_sub(top.map_or(0, |limb| limb.leading_zeros() as usize))
    }

    /// 1 if the number is odd, else 0.
    pub(crate) fn odd(&self) -> Limb {
        self.0.first().map_or(0, |limb| limb & 1)
    }
}

impl<const N: usize> ConstantTimeEq for Uint<N> {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}
