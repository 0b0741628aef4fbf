use crate::crypto::bignum::{Limb, add, multiply_add, negative_inverse, row};
use core::marker::PhantomData;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::DefaultIsZeroes;

/// Bytes of an element.
pub(super) const LEN: usize = 32;
const WORDS: usize = 4;
const LIMBS: usize = LEN / size_of::<Limb>();
const LIMBS_IN_WORD: usize = LIMBS / WORDS;

/// A prime of 256 bits.
pub(super) trait Prime: Copy + Default {
    /// The prime.
    const MODULUS: [Limb; LIMBS];
    /// 2^512 modulo the prime.
    const R_SQUARED: [Limb; LIMBS];
    /// The prime less 2.
    const LESS_TWO: [Limb; LIMBS];

    /// `a · b / 2^256` modulo the prime, below twice the prime: the low limbs and the bit above.
    fn product(a: &[Limb; LIMBS], b: &[Limb; LIMBS]) -> ([Limb; LIMBS], Limb);
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
    const LESS_TWO: [Limb; LIMBS] = limbs([
        0xffff_ffff_ffff_fffd,
        0x0000_0000_ffff_ffff,
        0x0000_0000_0000_0000,
        0xffff_ffff_0000_0001,
    ]);

    /// The multiple of the prime that clears the lowest limb is that limb times few powers of two.
    fn product(a: &[Limb; LIMBS], b: &[Limb; LIMBS]) -> ([Limb; LIMBS], Limb) {
        let (mut sum, mut top) = ([0; LIMBS], 0);
        for factor in b {
            let (mut shifted, mut carry, mut lowest) = ([0; LIMBS], 0, 0);
            let mut places = core::iter::once(&mut lowest).chain(&mut shifted);
            for ((limb, a), place) in sum.iter().zip(a).zip(&mut places) {
                (*place, carry) = multiply_add(*a, *factor, *limb, carry);
            }
            let (last, over) = add(top, carry, 0);
            places.for_each(|place| *place = last);
            let up;
            (sum, up) = added(&shifted, &clearing(lowest));
            top = over.wrapping_add(up);
        }
        (sum, top)
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
    const LESS_TWO: [Limb; LIMBS] = limbs([
        0xf3b9_cac2_fc63_254f,
        0xbce6_faad_a717_9e84,
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_0000_0000,
    ]);

    fn product(a: &[Limb; LIMBS], b: &[Limb; LIMBS]) -> ([Limb; LIMBS], Limb) {
        const INVERSE: Limb = negative_inverse(0xf3b9_cac2_fc63_2551_u64 as Limb);
        let (mut sum, mut top) = ([0; LIMBS], 0);
        for limb in b {
            top = row(&mut sum, top, a, *limb, &Self::MODULUS, INVERSE);
        }
        (sum, top)
    }
}

/// `(m · p + m) / 2^(bits of a limb)`, where p is the prime of [`Base`]: 2^256 − 2^224 + 2^192 + 2^96 − 1.
#[cfg(target_pointer_width = "64")]
const fn clearing(m: Limb) -> [Limb; LIMBS] {
    let (low, high) = multiply_add(m, 0xffff_ffff_0000_0001, 0, 0);
    [m << 32, m >> 32, low, high]
}

/// `(m · p + m) / 2^(bits of a limb)`, where p is the prime of [`Base`]: 2^256 − 2^224 + 2^192 + 2^96 − 1.
#[cfg(not(target_pointer_width = "64"))]
const fn clearing(m: Limb) -> [Limb; LIMBS] {
    let (low, high) = multiply_add(m, 0xffff_ffff, 0, 0);
    [0, 0, m, 0, 0, m, low, high]
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
        Self::raw(below::<P>(sum, carry))
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        let (difference, borrow) = subtracted(&self.limbs, &other.limbs);
        let correction = P::MODULUS.map(|limb| limb & borrow.wrapping_neg());
        Self::raw(added(&difference, &correction).0)
    }

    pub(super) fn tripled(&self) -> Self {
        self.plus(self).plus(self)
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        let (product, top) = P::product(&self.limbs, &other.limbs);
        Self::raw(below::<P>(product, top))
    }

    /// `1/self`, and 0 for 0: by Fermat's little theorem, with the public exponent's digits of 4 bits.
    pub(super) fn inverse(&self) -> Self {
        let mut powers = [*self; 15];
        let mut power = *self;
        for place in powers.iter_mut().skip(1) {
            power = power.times(self);
            *place = power;
        }
        let mut result: Option<Self> = None;
        for limb in P::LESS_TWO.iter().rev() {
            for shift in (0..Limb::BITS).step_by(4).rev() {
                let digit = (limb >> shift) as usize & 15;
                let raised = result.map(|result| (0..4).fold(result, |power, _| power.times(&power)));
                let factor = digit.checked_sub(1).and_then(|index| powers.get(index));
                result = match (raised, factor) {
                    (Some(raised), Some(factor)) => Some(raised.times(factor)),
                    (raised, factor) => raised.or(factor.copied()),
                };
            }
        }
        result.unwrap_or(Self::ZERO)
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

impl<P: Prime> ConditionallySelectable for Element<P> {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        let mask = Limb::from(choice.unwrap_u8()).wrapping_neg();
        let mut limbs = a.limbs;
        for (limb, other) in limbs.iter_mut().zip(b.limbs) {
            *limb ^= (*limb ^ other) & mask;
        }
        Self::raw(limbs)
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
fn below<P: Prime>(sum: [Limb; LIMBS], top: Limb) -> [Limb; LIMBS] {
    let (difference, borrow) = subtracted(&sum, &P::MODULUS);
    let mask = (top | (borrow ^ 1)).wrapping_neg();
    let mut result = sum;
    for (limb, other) in result.iter_mut().zip(difference) {
        *limb ^= (*limb ^ other) & mask;
    }
    result
}

fn added(a: &[Limb; LIMBS], b: &[Limb; LIMBS]) -> ([Limb; LIMBS], Limb) {
    let (mut sum, mut carry) = (*a, false);
    for (limb, other) in sum.iter_mut().zip(b) {
        (*limb, carry) = limb.carrying_add(*other, carry);
    }
    (sum, Limb::from(carry))
}

fn subtracted(a: &[Limb; LIMBS], b: &[Limb; LIMBS]) -> ([Limb; LIMBS], Limb) {
    let (mut difference, mut borrow) = (*a, false);
    for (limb, other) in difference.iter_mut().zip(b) {
        (*limb, borrow) = limb.borrowing_sub(*other, borrow);
    }
    (difference, Limb::from(borrow))
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
