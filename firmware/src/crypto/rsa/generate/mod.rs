//! Making private keys, in steps that a device does between its other work.

mod prime;
mod sieve;

use super::private::{Private, less_one, private_exponent};
use super::private_key::Numbers;
use super::size::{FULL_2048, FULL_3072, FULL_4096, HALF_2048, HALF_3072, HALF_4096};
use super::{PUBLIC_EXPONENT, RsaKey, RsaSize};
use crate::crypto::bignum::{Modulus, Power, Uint};
use crate::crypto::{CryptoError, Random};
use core::marker::PhantomData;
use prime::{PrimeSearch, windows};
use subtle::ConstantTimeEq;
use zeroize::ZeroizeOnDrop;

/// The two primes must differ in one of their top 100 bits: FIPS 186-5 section A.1.3, step 5.4.
const DIFFERENT_BITS: usize = 100;

/// How far a generation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RsaProgress {
    /// Random numbers tried.
    pub candidates: u32,
    /// Primes found, up to 2.
    pub primes: u8,
}

/// A private key in the making: FIPS 186-5 section A.1.3, probable primes and the public exponent 65537.
///
/// Takes up to 6 KB; wiped when dropped.
#[derive(ZeroizeOnDrop)]
pub struct RsaGeneration(Sizes);

#[derive(ZeroizeOnDrop)]
#[allow(
    clippy::large_enum_variant,
    reason = "there is no heap, and the largest must fit anyway"
)]
enum Sizes {
    Rsa2048(Generation<HALF_2048, FULL_2048>),
    Rsa3072(Generation<HALF_3072, FULL_3072>),
    Rsa4096(Generation<HALF_4096, FULL_4096>),
}

impl RsaGeneration {
    /// Begins.
    pub const fn new(size: RsaSize) -> Self {
        Self(match size {
            RsaSize::Rsa2048 => Sizes::Rsa2048(Generation::new()),
            RsaSize::Rsa3072 => Sizes::Rsa3072(Generation::new()),
            RsaSize::Rsa4096 => Sizes::Rsa4096(Generation::new()),
        })
    }

    /// Does a bounded amount of work, about a million instructions of a Cortex-M4 at most; gives the key at the end.
    /// Must not be called again then.
    ///
    /// # Errors
    /// [`CryptoError::Failed`] when there is no randomness, or none that is random.
    pub fn step(&mut self, random: &mut impl Random) -> Result<Option<RsaKey>, CryptoError> {
        Ok(match &mut self.0 {
            Sizes::Rsa2048(generation) => generation.step(random)?.map(Numbers::Rsa2048),
            Sizes::Rsa3072(generation) => generation.step(random)?.map(Numbers::Rsa3072),
            Sizes::Rsa4096(generation) => generation.step(random)?.map(Numbers::Rsa4096),
        }
        .map(RsaKey))
    }

    /// How far it is.
    pub const fn progress(&self) -> RsaProgress {
        match &self.0 {
            Sizes::Rsa2048(generation) => generation.progress(),
            Sizes::Rsa3072(generation) => generation.progress(),
            Sizes::Rsa4096(generation) => generation.progress(),
        }
    }
}

#[derive(ZeroizeOnDrop)]
struct Generation<const H: usize, const N: usize> {
    #[zeroize(skip)]
    candidates: u32,
    stage: Stage<H>,
    #[zeroize(skip)]
    modulus: PhantomData<Uint<N>>,
}

#[derive(ZeroizeOnDrop)]
enum Stage<const H: usize> {
    First(PrimeSearch<H>),
    Second {
        p: Uint<H>,
        search: PrimeSearch<H>,
    },
    /// `1/q mod p` is `q^(p−2)`.
    Inverse {
        p: Modulus<H>,
        q: Uint<H>,
        power: Power<H>,
    },
}

impl<const H: usize, const N: usize> Generation<H, N> {
    const fn new() -> Self {
        Self {
            candidates: 0,
            stage: Stage::First(PrimeSearch::new()),
            modulus: PhantomData,
        }
    }

    const fn progress(&self) -> RsaProgress {
        let (current, primes) = match &self.stage {
            Stage::First(search) => (search.candidates(), 0),
            Stage::Second { search, .. } => (search.candidates(), 1),
            Stage::Inverse { .. } => (0, 2),
        };
        RsaProgress {
            candidates: self.candidates.saturating_add(current),
            primes,
        }
    }

    fn step(&mut self, random: &mut impl Random) -> Result<Option<Private<H, N>>, CryptoError> {
        match &mut self.stage {
            Stage::First(search) => {
                if let Some(p) = search.step(random)? {
                    self.candidates = search.candidates();
                    let search = PrimeSearch::new();
                    self.stage = Stage::Second { p, search };
                }
            }
            Stage::Second { p, search } => {
                if let Some(q) = search.step(random)?
                    && differ(p, &q)
                {
                    self.candidates = self.candidates.saturating_add(search.candidates());
                    self.stage = Stage::inverse(p.clone(), q);
                }
            }
            Stage::Inverse { p, q, power } => {
                if let Some(inverse) = power.step(p, windows::<H>()) {
                    return assembled(p, q, p.reduce(inverse)).map(Some);
                }
            }
        }
        Ok(None)
    }
}

impl<const H: usize> Stage<H> {
    /// The greater prime is called p, as other software likes it.
    fn inverse(mut p: Uint<H>, mut q: Uint<H>) -> Self {
        if p.less(&q) == 1 {
            core::mem::swap(&mut p, &mut q);
        }
        let mut exponent = less_one(&p);
        exponent.subtract(&Uint::small(1));
        let p = Modulus::new(&p);
        let power = Power::new(&p, &p.convert(&q), &exponent);
        Self::Inverse { p, q, power }
    }
}

fn differ<const H: usize>(p: &Uint<H>, q: &Uint<H>) -> bool {
    let (mut difference, mut opposite) = (p.clone(), q.clone());
    let borrow = difference.subtract(q);
    opposite.subtract(p);
    difference.assign_if(&opposite, borrow);
    let least = Uint::power_of_two(Uint::<H>::BITS.saturating_sub(DIFFERENT_BITS));
    least.less(&difference) == 1
}

fn assembled<const H: usize, const N: usize>(
    p: &Modulus<H>,
    q: &Uint<H>,
    q_inverse: Uint<H>,
) -> Result<Private<H, N>, CryptoError> {
    let one = p.multiply(&p.convert(q), &q_inverse);
    if !bool::from(one.ct_eq(&Uint::small(1))) {
        return Err(CryptoError::Failed);
    }
    Ok(Private {
        e: PUBLIC_EXPONENT,
        dp: private_exponent(PUBLIC_EXPONENT, &less_one(p.n())),
        dq: private_exponent(PUBLIC_EXPONENT, &less_one(q)),
        p: p.n().clone(),
        q: q.clone(),
        q_inverse,
    })
}

#[cfg(test)]
mod tests;
