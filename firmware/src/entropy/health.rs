//! The continuous health tests of NIST SP 800-90B, section 4.4, with the cutoffs for a source of which no more than
//! [`MIN_ENTROPY`] bits in each 8-bit sample are assumed, and a chance of a false alarm of 2^-20 in each test.

use crate::platform::EntropyError;

/// Bits of min-entropy assumed in each sample: far less than the sources of our boards claim.
pub const MIN_ENTROPY: u32 = 1;

/// Section 4.4.1: `1 + ceil(20 / H)` equal samples in a row are too many.
pub const REPETITION_CUTOFF: u32 = 1 + 20_u32.div_ceil(MIN_ENTROPY);

/// Section 4.4.2: samples in a window, for sources that are not binary.
pub const WINDOW: u32 = 512;

/// Section 4.4.2: `1 + critbinom(512, 2^-H, 1 - 2^-20)` samples equal to the window's first are too many, itself
/// counted.
pub const PROPORTION_CUTOFF: u32 = 311;

/// Both tests over one stream of samples.
#[derive(Debug, Clone, Default)]
pub struct HealthTests {
    repetition: Count,
    proportion: Count,
    seen: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    sample: u8,
    times: u32,
}

impl Count {
    const fn first(sample: u8) -> Self {
        Self { sample, times: 1 }
    }

    fn again(&mut self) {
        self.times = self.times.saturating_add(1);
    }
}

impl HealthTests {
    /// Looks at the next sample.
    ///
    /// # Errors
    /// [`EntropyError`] when a test fails.
    pub fn check(&mut self, sample: u8) -> Result<(), EntropyError> {
        self.count_repetition(sample);
        self.count_proportion(sample);
        if self.repetition.times >= REPETITION_CUTOFF || self.proportion.times >= PROPORTION_CUTOFF {
            return Err(EntropyError);
        }
        Ok(())
    }

    fn count_repetition(&mut self, sample: u8) {
        if self.repetition.times > 0 && self.repetition.sample == sample {
            self.repetition.again();
        } else {
            self.repetition = Count::first(sample);
        }
    }

    fn count_proportion(&mut self, sample: u8) {
        if self.seen == 0 {
            self.proportion = Count::first(sample);
        } else if self.proportion.sample == sample {
            self.proportion.again();
        }
        self.seen = if self.seen >= WINDOW - 1 {
            0
        } else {
            self.seen.saturating_add(1)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn failing_at(samples: impl IntoIterator<Item = u8>) -> Option<usize> {
        let mut tests = HealthTests::default();
        samples
            .into_iter()
            .position(|sample| tests.check(sample).is_err())
    }

    #[test]
    fn the_proportion_cutoff_is_the_critical_value_of_its_binomial() {
        // P(X <= k) for X ~ B(512, 1/2), in floating point: 2^-20 is far above its rounding.
        let mut term = 2_f64.powi(-512);
        let mut sum = term;
        let mut k = 0;
        while sum < 1.0 - 2_f64.powi(-20) {
            term *= f64::from(WINDOW - k) / f64::from(k + 1);
            sum += term;
            k += 1;
        }
        assert_eq!(PROPORTION_CUTOFF, 1 + k);
    }

    #[test]
    fn a_stuck_source_fails_at_the_repetition_cutoff() {
        assert_eq!(failing_at([7; 100]), Some(REPETITION_CUTOFF as usize - 1));
        let almost: Vec<u8> = [[7_u8; REPETITION_CUTOFF as usize - 1].as_slice(), &[8]].concat();
        assert_eq!(failing_at(almost.repeat(3)), None);
    }

    #[test]
    fn a_biased_source_fails_the_proportion_test_alone() {
        // Two of three samples equal, never three in a row.
        let biased = (0..WINDOW).map(|n| if n % 3 == 2 { n as u8 } else { 1 });
        let at = failing_at(biased).expect("342 of 512 are over the cutoff");
        assert!(at > REPETITION_CUTOFF as usize && at < WINDOW as usize);
    }

    #[test]
    fn a_new_window_begins_to_count_anew() {
        let half = (0..100 * WINDOW).map(|n| if n % 2 == 0 { 1 } else { n as u8 });
        assert_eq!(failing_at(half), None);
    }
}
