//! Random numbers: raw noise through the health tests of NIST SP 800-90B, conditioned, into the generator of
//! SP 800-90A.
//!
//! *What this trusts:* that the board's noise carries at least [`health::MIN_ENTROPY`] bits in each sample of 8. The
//! health tests notice when it obviously doesn't any more; they can't prove that it does.

pub mod health;
mod noise;
mod pool;

use crate::crypto::{Crypto, HmacDrbg, Key256, Random};
use crate::platform::{EntropyError, EntropySource};
use casemate_common::error::ErrorCode;
use noise::Noise;
use pool::Pool;

/// SP 800-90A asks for a nonce of half the security strength when a generator starts.
const NONCE_LEN: usize = 16;

impl From<EntropyError> for ErrorCode {
    fn from(_: EntropyError) -> Self {
        Self::EntropyFailed
    }
}

/// The device's random generator.
pub struct Rng<E, C: Crypto> {
    noise: Noise<E>,
    drbg: HmacDrbg<C::HmacSha256>,
    pool: Pool,
}

impl<E: EntropySource, C: Crypto> Rng<E, C> {
    /// Runs the start-up health tests, then seeds the generator. `personalization` sets apart devices with the
    /// same noise; it needs not be secret.
    ///
    /// # Errors
    /// [`EntropyError`] when the source breaks or fails a test: then no random numbers must be used at all.
    pub fn start(source: E, personalization: &[u8]) -> Result<Self, EntropyError> {
        let mut noise = Noise::start(source)?;
        let entropy: Key256 = noise.condense::<C::Sha256>()?;
        let nonce: Key256 = noise.condense::<C::Sha256>()?;
        let nonce = nonce.as_bytes().first_chunk::<NONCE_LEN>().ok_or(EntropyError)?;
        Ok(Self {
            drbg: HmacDrbg::new(&[entropy.as_bytes(), nonce, personalization]),
            noise,
            pool: Pool::empty(),
        })
    }

    /// Fills `output` with random bytes that are given to nobody else.
    ///
    /// # Errors
    /// [`EntropyError`] when the source failed at reseeding; then `output` must not be used.
    pub fn fill(&mut self, output: &mut [u8]) -> Result<(), EntropyError> {
        let mut filled = 0;
        loop {
            let rest = output.get_mut(filled..).unwrap_or_default();
            filled = filled.saturating_add(self.pool.take(rest));
            if filled >= output.len() {
                return Ok(());
            }
            self.refill()?;
        }
    }

    /// `N` random bytes.
    ///
    /// # Errors
    /// As [`Self::fill`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], EntropyError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A random key.
    ///
    /// # Errors
    /// As [`Self::fill`].
    pub fn key(&mut self) -> Result<Key256, EntropyError> {
        let mut key = Key256::zero();
        self.fill(key.as_mut_bytes())?;
        Ok(key)
    }

    /// Makes every earlier state worthless: nothing that waits is handed out any more, and what comes depends on fresh
    /// entropy. For after a move, which leaves a copy behind.
    ///
    /// # Errors
    /// As [`Self::fill`].
    pub fn renew(&mut self) -> Result<(), EntropyError> {
        self.pool = Pool::empty();
        self.reseed()
    }

    fn refill(&mut self) -> Result<(), EntropyError> {
        let drbg = &mut self.drbg;
        if self.pool.refill(|bytes| drbg.generate(bytes)).is_ok() {
            return Ok(());
        }
        self.reseed()?;
        let drbg = &mut self.drbg;
        self.pool
            .refill(|bytes| drbg.generate(bytes))
            .map_err(|_| EntropyError)
    }

    fn reseed(&mut self) -> Result<(), EntropyError> {
        let entropy = self.noise.condense::<C::Sha256>()?;
        self.drbg.reseed(&[entropy.as_bytes(), &[], &[]]);
        Ok(())
    }
}

impl<E: EntropySource, C: Crypto> Random for Rng<E, C> {
    fn fill(&mut self, output: &mut [u8]) -> Result<(), EntropyError> {
        Self::fill(self, output)
    }
}
