use super::inverse::inverse;
use super::limbs::{
    LIMBS, added, base_product, base_square, copy_if, order_product, order_square, subtracted,
};
use crate::crypto::bignum::Limb;
use core::marker::PhantomData;
use subtle::{Choice, ConstantTimeEq};
use zeroize::DefaultIsZeroes;

/// Bytes of an element.
pub(super) const LEN: usize = 32;
const WORDS: usize = 4;
const LIMBS_IN_WORD: usize = LIMBS / WORDS;

/// A prime of 256 bits.
pub(super) trait Prime: Copy + Default {
    /// The prime.
    const MODULUS: [Limb; LIMBS];
    /// 2^512 modulo the prime.
    const R_SQUARED: [Limb; LIMBS];

    /// `a · b / 2^256` modulo the prime, below twice the prime: the low limbs and the bit above.
    fn product(a: &[Limb; LIMBS], b: &[Limb; LIMBS]) -> ([Limb; LIMBS], Limb);

    /// As [`Self::product`] of a number with itself.
    fn square(a: &[Limb; LIMBS]) -> ([Limb; LIMBS], Limb);
}

/// The prime that coordinates are modulo: SP 800-186 section 3.2.1.3.
#[derive(Clone, Copy, Default)]
pub(super) struct Base;

impl Prime for Base {
    const MODULUS: [Limb; LIMBS] = limbs([
        0xffff_ffff_ffff_ffff,
        0x0000_0000_ffff_ffff,
        0x0000_0000_0000_0000,
        0xffff_ffff_0000_0001,
    ]);
    const R_SQUARED: [Limb; LIMBS] = limbs([
        0x0000_0000_0000_0003,
        0xffff_fffb_ffff_ffff,
        0xffff_ffff_ffff_fffe,
        0x0000_0004_ffff_fffd,
    ]);

    #[inline(always)]
    fn product(a: &[Limb; LIMBS], b: &[Limb; LIMBS]) -> ([Limb; LIMBS], Limb) {
        base_product(a, b)
    }

    #[inline(always)]
    fn square(a: &[Limb; LIMBS]) -> ([Limb; LIMBS], Limb) {
        base_square(a)
    }
}

/// The order of the base point, a prime too.
#[derive(Clone, Copy, Default)]
pub(super) struct Order;

impl Prime for Order {
    const MODULUS: [Limb; LIMBS] = limbs([
        0xf3b9_cac2_fc63_2551,
        0xbce6_faad_a717_9e84,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_0000_0000,
    ]);
    const R_SQUARED: [Limb; LIMBS] = limbs([
        0x8324_4c95_be79_eea2,
        0x4699_799c_49bd_6fa6,
        0x2845_b239_2b6b_ec59,
        0x66e1_2d94_f3d9_5620,
    ]);

    #[inline(always)]
    fn product(a: &[Limb; LIMBS], b: &[Limb; LIMBS]) -> ([Limb; LIMBS], Limb) {
        order_product(a, b)
    }

    #[inline(always)]
    fn square(a: &[Limb; LIMBS]) -> ([Limb; LIMBS], Limb) {
        order_square(a)
    }
}

/// A number modulo a prime, in Montgomery form and below the prime.
#[derive(Clone, Copy, Default)]
pub(super) struct Element<P> {
    limbs: [Limb; LIMBS],
    prime: PhantomData<P>,
}

impl<P: Prime> DefaultIsZeroes for Element<P> {}

impl<P: Prime> Element<P> {
    pub(super) const ZERO: Self = Self::raw([0; LIMBS]);

    const fn raw(limbs: [Limb; LIMBS]) -> Self {
        Self {
            limbs,
            prime: PhantomData,
        }
    }

    /// An element given in Montgomery form, the least significant word first.
    pub(super) const fn from_words(words: [u64; WORDS]) -> Self {
        Self::raw(limbs(words))
    }

    /// The number with these bytes, the most significant first, modulo the prime.
    pub(super) fn reduced(bytes: &[u8; LEN]) -> Self {
        Self::raw(from_bytes(bytes)).times(&Self::raw(P::R_SQUARED))
    }

    /// The number with these bytes, the most significant first, if it is below the prime.
    pub(super) fn parse(bytes: &[u8; LEN]) -> Option<Self> {
        let (_, borrow) = subtracted(&from_bytes(bytes), &P::MODULUS);
        (borrow == 1).then(|| Self::reduced(bytes))
    }

    /// The number itself, the least significant limb first.
    pub(super) fn to_limbs(self) -> [Limb; LIMBS] {
        let mut one = [0; LIMBS];
        one.iter_mut().take(1).for_each(|limb| *limb = 1);
        self.times(&Self::raw(one)).limbs
    }

    /// Its bytes, the most significant first.
    pub(super) fn to_bytes(self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        let limbs = self.to_limbs();
        let places = bytes.rchunks_exact_mut(size_of::<Limb>());
        for (place, limb) in places.zip(limbs) {
            place.copy_from_slice(&limb.to_be_bytes());
        }
        bytes
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let (sum, carry) = added(&self.limbs, &other.limbs);
        Self::raw(below::<P>(&sum, carry))
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        let (difference, borrow) = subtracted(&self.limbs, &other.limbs);
        Self::raw(added_if::<P>(&difference, borrow))
    }

    pub(super) fn doubled(&self) -> Self {
        self.plus(self)
    }

    pub(super) fn tripled(&self) -> Self {
        self.doubled().plus(self)
    }

    /// Half of it: the number itself or, where that is odd, its sum with the prime, shifted.
    pub(super) fn halved(&self) -> Self {
        let odd = self.limbs.first().map_or(0, |limb| limb & 1);
        let prime = P::MODULUS.map(|limb| limb & odd.wrapping_neg());
        let (mut sum, mut above) = added(&self.limbs, &prime);
        for limb in sum.iter_mut().rev() {
            let half = (*limb >> 1) | (above << (Limb::BITS - 1));
            (*limb, above) = (half, *limb & 1);
        }
        Self::raw(sum)
    }

    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(super) fn times(&self, other: &Self) -> Self {
        let (product, top) = P::product(&self.limbs, &other.limbs);
        Self::raw(below::<P>(&product, top))
    }

    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(super) fn squared(&self) -> Self {
        let (square, top) = P::square(&self.limbs);
        Self::raw(below::<P>(&square, top))
    }

    /// `1/self`, and 0 for 0.
    pub(super) fn inverse(&self) -> Self {
        let [inverse, squared] = [inverse(&self.limbs, &P::MODULUS), P::R_SQUARED].map(Self::raw);
        inverse.times(&squared).times(&squared)
    }

    /// Takes the place of a 0, if all bits of `mask` are ones and not all zeros.
    #[inline(always)]
    pub(super) fn replace_zero_if(&mut self, other: &Self, mask: Limb) {
        copy_if(&mut self.limbs, &other.limbs, mask);
    }

    /// The opposite number, if all bits of `mask` are ones and not all zeros.
    pub(super) fn negated_if(&self, mask: Limb) -> Self {
        let opposite = Self::ZERO.minus(self);
        let mut limbs = self.limbs;
        for (limb, other) in limbs.iter_mut().zip(opposite.limbs) {
            *limb ^= (*limb ^ other) & mask;
        }
        Self::raw(limbs)
    }

    pub(super) fn is_zero(&self) -> Choice {
        self.ct_eq(&Self::ZERO)
    }
}

impl<P: Prime> ConstantTimeEq for Element<P> {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.limbs.ct_eq(&other.limbs)
    }
}

fn from_bytes(bytes: &[u8; LEN]) -> [Limb; LIMBS] {
    let mut limbs = [0; LIMBS];
    for (limb, bytes) in limbs.iter_mut().zip(bytes.rchunks_exact(size_of::<Limb>())) {
        *limb = bytes.iter().fold(0, |limb, byte| (limb << 8) | Limb::from(*byte));
    }
    limbs
}

/// `top · 2^256 + sum`, which is below twice the prime, modulo the prime.
#[inline(always)]
fn below<P: Prime>(sum: &[Limb; LIMBS], top: Limb) -> [Limb; LIMBS] {
    let (difference, borrow) = subtracted(sum, &P::MODULUS);
    added_if::<P>(&difference, borrow & !top)
}

/// `number` and, if `bit` is 1, the prime; the carry is dropped.
#[inline(always)]
fn added_if<P: Prime>(number: &[Limb; LIMBS], bit: Limb) -> [Limb; LIMBS] {
    let mask = bit.wrapping_neg();
    let (sum, _) = added(number, &P::MODULUS.map(|limb| limb & mask));
    sum
}

#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::modulo_one,
    reason = "the compiler runs it, or knows all bounds; on 64-bit targets a limb is a word"
)]
const fn limbs(words: [u64; WORDS]) -> [Limb; LIMBS] {
    let mut limbs = [0; LIMBS];
    let mut place = 0;
    while place < LIMBS {
        let shift = (place % LIMBS_IN_WORD) as u32 * Limb::BITS;
        limbs[place] = (words[place / LIMBS_IN_WORD] >> shift) as Limb;
        place += 1;
    }
    limbs
}
