use super::sieve;
use crate::crypto::bignum::{Limb, Modulus, Power, Uint, remainder};
use crate::crypto::rsa::PUBLIC_EXPONENT;
use crate::crypto::{CryptoError, Random};
use subtle::ConstantTimeEq;
use zeroize::ZeroizeOnDrop;

/// Products of limbs in a step, at most: on a Cortex-M4 each costs some four instructions.
const STEP_PRODUCTS: usize = 200_000;
/// Small primes that a step divides by.
const STEP_DIVISIONS: usize = 256;

/// The top of √2 · 2^(bits − 1), below which FIPS 186-5 wants no prime.
const SQRT_2: Limb = (0xB504_F333_F9DE_6485_u64 >> (u64::BITS - Limb::BITS)) as Limb;

/// Searches one prime of `H` limbs as FIPS 186-5 section A.1.3 says: fresh random numbers until one is a prime, with
/// the Miller-Rabin test to random bases (section B.3.1).
///
/// Candidates are 3 modulo 4, which the standard allows (its optional `a` and `b` of 3 and 7 modulo 8): then a round of
/// the test is one power, and takes the same time for every prime.
#[derive(ZeroizeOnDrop)]
pub(super) struct PrimeSearch<const H: usize> {
    stage: Stage<H>,
    #[zeroize(skip)]
    candidates: u32,
}

#[derive(ZeroizeOnDrop)]
enum Stage<const H: usize> {
    Draw,
    Divide {
        candidate: Uint<H>,
        done: usize,
    },
    Test {
        candidate: Modulus<H>,
        rounds: u8,
        power: Power<H>,
    },
}

impl<const H: usize> PrimeSearch<H> {
    pub(super) const fn new() -> Self {
        Self {
            stage: Stage::Draw,
            candidates: 0,
        }
    }

    /// Numbers drawn so far.
    pub(super) const fn candidates(&self) -> u32 {
        self.candidates
    }

    /// Does a bounded amount of work; gives a prime when it has found one, and then begins anew.
    pub(super) fn step(&mut self, random: &mut impl Random) -> Result<Option<Uint<H>>, CryptoError> {
        match &mut self.stage {
            Stage::Draw => self.draw(random)?,
            Stage::Divide { candidate, done } => match sieve::divides(candidate, *done, STEP_DIVISIONS) {
                Some(true) => self.stage = Stage::Draw,
                Some(false) => *done = done.saturating_add(STEP_DIVISIONS),
                None => self.stage = Stage::test(Modulus::new(candidate), rounds::<H>(), random)?,
            },
            Stage::Test {
                candidate,
                rounds,
                power,
            } => {
                let Some(result) = power.step(candidate, windows::<H>()) else {
                    return Ok(None);
                };
                let (passes, rounds) = (is_one_or_less_one(candidate, result), rounds.saturating_sub(1));
                match (passes, rounds) {
                    (false, _) => self.stage = Stage::Draw,
                    (true, 0) => return Ok(Some(self.take_candidate())),
                    (true, _) => self.stage = Stage::test(candidate.clone(), rounds, random)?,
                }
            }
        }
        Ok(None)
    }

    fn draw(&mut self, random: &mut impl Random) -> Result<(), CryptoError> {
        self.candidates = self.candidates.saturating_add(1);
        if self.candidates > max_candidates::<H>() {
            return Err(CryptoError::Failed);
        }
        let mut candidate = Uint::<H>::random(random)?;
        if let Some(top) = candidate.limbs_mut().last_mut() {
            *top |= 1 << (Limb::BITS - 1);
        }
        if let Some(bottom) = candidate.limbs_mut().first_mut() {
            *bottom |= 3;
        }
        if candidate.limbs().last().is_some_and(|top| *top > SQRT_2) && has_inverse(&candidate) {
            self.stage = Stage::Divide { candidate, done: 0 };
        }
        Ok(())
    }

    fn take_candidate(&mut self) -> Uint<H> {
        match core::mem::replace(&mut self.stage, Stage::Draw) {
            Stage::Test { ref candidate, .. } => candidate.n().clone(),
            Stage::Draw | Stage::Divide { .. } => Uint::ZERO,
        }
    }
}

impl<const H: usize> Stage<H> {
    /// Begins a round of the Miller-Rabin test. A random number in Montgomery form is as random as it would be in its
    /// own.
    fn test(candidate: Modulus<H>, rounds: u8, random: &mut impl Random) -> Result<Self, CryptoError> {
        let mut base = Uint::random(random)?;
        base.halve_if(1, 0);
        let mut exponent = candidate.n().clone();
        exponent.halve_if(1, 0);
        Ok(Self::Test {
            power: Power::new(&candidate, &base, &exponent),
            candidate,
            rounds,
        })
    }
}

/// Windows of a power that [`STEP_PRODUCTS`] suffice for: four squarings and a product each.
pub(super) const fn windows<const H: usize>() -> usize {
    let product = H.saturating_mul(H).saturating_mul(2);
    match STEP_PRODUCTS.checked_div(product.saturating_mul(5)) {
        Some(windows) if windows > 0 => windows,
        _ => 1,
    }
}

/// Rounds of the Miller-Rabin test, without a Lucas test: FIPS 186-5 table B.1.
const fn rounds<const H: usize>() -> u8 {
    if Uint::<H>::BITS >= 1536 { 4 } else { 5 }
}

/// 20 times the bits of the modulus; one number in some 0.35 times the prime's bits is a prime, so that reaching this
/// means a broken source of randomness.
const fn max_candidates<const H: usize>() -> u32 {
    Uint::<H>::BITS.saturating_mul(40) as u32
}

/// Whether the public exponent, a prime, does not divide `candidate − 1`.
fn has_inverse<const H: usize>(candidate: &Uint<H>) -> bool {
    let rest: Uint<1> = remainder(candidate, &Uint::small(PUBLIC_EXPONENT.into()));
    rest.limbs() != Uint::<1>::small(1).limbs()
}

fn is_one_or_less_one<const H: usize>(modulus: &Modulus<H>, number: &Uint<H>) -> bool {
    let one = modulus.one();
    let mut less_one = modulus.n().clone();
    less_one.subtract(&one);
    bool::from(number.ct_eq(&one) | number.ct_eq(&less_one))
}
