use crate::cli::progress::Bar;
use crate::hsm::Progress;
use casemate_common::blob::KeyType;

/// How far a search for primes is.
///
/// Nobody can say when a search ends: the bar shows the share of all searches that would have ended by now.
pub(super) struct Search {
    bar: Bar,
    /// Candidates that a prime takes on average; `None` for keys without primes.
    average: Option<f64>,
}

impl Search {
    pub(super) fn new(kind: KeyType) -> Self {
        Self {
            bar: Bar::new(),
            average: kind.modulus_len().map(|bytes| candidates_for(bytes * 8 / 2)),
        }
    }

    pub(super) fn show(&self, Progress { primes, candidates }: Progress) {
        if let Some(average) = self.average {
            let words = format!("{primes} of 2 primes, {candidates} candidates tried");
            self.bar.show(share(average, primes, candidates), &words);
        }
    }

    pub(super) fn clear(&self) {
        self.bar.clear();
    }
}

/// By the prime number theorem: one in ln(2^bits) numbers is a prime, and half of them are odd.
fn candidates_for(bits: usize) -> f64 {
    bits as f64 * std::f64::consts::LN_2 / 2.0
}

fn share(average: f64, primes: u8, candidates: u32) -> f64 {
    let found = f64::from(primes) / 2.0;
    let tried = f64::from(candidates) - average * f64::from(primes);
    let current = 1.0 - (-tried.max(0.0) / average).exp();
    (found + current / 2.0).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::{candidates_for, share};

    #[test]
    fn a_search_comes_nearer_to_its_end() {
        let average = candidates_for(1024);
        assert!((354.0..356.0).contains(&average));
        let shares = [(0, 0), (0, 100), (0, 1000), (1, 1000), (1, 3000), (2, 3000)]
            .map(|(primes, candidates)| share(average, primes, candidates));
        assert_eq!(shares[0], 0.0);
        assert!(shares.is_sorted() && shares[5] == 1.0, "{shares:?}");
    }
}
