use super::health::{HealthTests, MIN_ENTROPY};
use crate::crypto::{Hash, Key256};
use crate::platform::{EntropyError, EntropySource};
use zeroize::{Zeroize, Zeroizing};

/// SP 800-90B, section 4.3: at least 1,024 samples are tested at start-up; these are thrown away.
const STARTUP_SAMPLES: usize = 1024;

/// Samples behind each condensed key: SP 800-90C wants 64 bits more going in than the 256 that shall come out.
const CONDENSED_SAMPLES: usize = (256 + 64) / MIN_ENTROPY as usize;

const PIECE_LEN: usize = 64;

/// A noise source whose every sample has passed the health tests.
pub(super) struct Noise<E> {
    source: E,
    tests: HealthTests,
}

impl<E: EntropySource> Noise<E> {
    pub(super) fn start(source: E) -> Result<Self, EntropyError> {
        let mut noise = Self {
            source,
            tests: HealthTests::default(),
        };
        noise.read(STARTUP_SAMPLES, |_| ())?;
        Ok(noise)
    }

    /// 256 bits of full entropy, by the vetted conditioning component SHA-256 (SP 800-90B, section 3.1.5.1.1).
    pub(super) fn condense<H: Hash<32>>(&mut self) -> Result<Key256, EntropyError> {
        let mut hash = H::default();
        self.read(CONDENSED_SAMPLES, |piece| hash.update(piece))?;
        let mut digest = hash.finish();
        let key = Key256::new(digest);
        digest.zeroize();
        Ok(key)
    }

    fn read(&mut self, samples: usize, mut take: impl FnMut(&[u8])) -> Result<(), EntropyError> {
        let mut piece = Zeroizing::new([0; PIECE_LEN]);
        for _ in 0..samples.div_ceil(PIECE_LEN) {
            self.source.fill(piece.as_mut_slice())?;
            piece.iter().try_for_each(|&sample| self.tests.check(sample))?;
            take(piece.as_slice());
        }
        Ok(())
    }
}
