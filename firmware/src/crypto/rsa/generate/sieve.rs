use crate::crypto::bignum::{Uint, remainder_by_small};

/// Division by a further prime costs a 2048-bit candidate less than it saves as long as the prime is below some 2^15;
/// this is where a shorter candidate's gain ends.
const LIMIT: usize = 1 << 13;

/// The odd primes below [`LIMIT`].
static PRIMES: [u16; 1027] = primes();

/// Whether one of the primes from number `start` on divides the candidate, `count` of them at most; `None` when there
/// are no more primes.
pub(super) fn divides<const H: usize>(candidate: &Uint<H>, start: usize, count: usize) -> Option<bool> {
    let primes = PRIMES.get(start..).filter(|rest| !rest.is_empty())?;
    let mut primes = primes.iter().take(count);
    Some(primes.any(|prime| remainder_by_small(candidate, *prime) == 0))
}

/// The sieve of Eratosthenes.
#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "the compiler runs it"
)]
const fn primes() -> [u16; 1027] {
    let mut composite = [false; LIMIT];
    let mut primes = [0; 1027];
    let (mut found, mut number) = (0, 3);
    while number < LIMIT {
        if !composite[number] {
            primes[found] = number as u16;
            found += 1;
            let mut multiple = number * number;
            while multiple < LIMIT {
                composite[multiple] = true;
                multiple += 2 * number;
            }
        }
        number += 2;
    }
    assert!(found == primes.len());
    primes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_primes_to_its_end() {
        assert_eq!(PRIMES[..5], [3, 5, 7, 11, 13]);
        assert_eq!(PRIMES[1026], 8191);
    }

    #[test]
    fn divisors_are_found_and_others_are_not() {
        let composite = Uint::<1>::small(8191 * 8209);
        assert_eq!(divides(&composite, 0, 1026), Some(false));
        assert_eq!(divides(&composite, 1026, 9), Some(true));
        assert_eq!(divides(&composite, 1027, 1), None);
    }
}
