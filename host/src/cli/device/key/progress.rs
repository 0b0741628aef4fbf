use crate::hsm::Progress;
use casemate_common::blob::KeyType;
use std::io::{IsTerminal, Write, stderr};

const WIDTH: usize = 30;

/// How far a search for primes is, on a terminal; elsewhere nothing.
///
/// Nobody can say when a search ends: the bar shows the share of all searches that would have ended by now.
pub(super) struct Bar {
    /// Candidates that a prime takes on average; `None` where nothing is to be shown.
    average: Option<f64>,
}

impl Bar {
    pub(super) fn new(kind: KeyType) -> Self {
        let average = kind.modulus_len().map(|bytes| candidates_for(bytes * 8 / 2));
        Self {
            average: average.filter(|_| stderr().is_terminal()),
        }
    }

    /// Draws the bar anew.
    pub(super) fn show(&self, Progress { primes, candidates }: Progress) {
        let Some(average) = self.average else {
            return;
        };
        let share = share(average, primes, candidates);
        let filled = ((share * WIDTH as f64) as usize).min(WIDTH);
        let bar = format!("{}{}", "#".repeat(filled), ".".repeat(WIDTH - filled));
        eprint!("\r[{bar}] {primes} of 2 primes, {candidates} candidates tried");
        // A terminal that went away needs no bar.
        let _ = stderr().flush();
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        if self.average.is_some() {
            eprint!("\r{:80}\r", "");
        }
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
