use super::*;
use crate::crypto::rsa::RsaPublic;
use crate::crypto::{Digest, HashAlgorithm, HmacDrbg, Software, SoftwareHmacSha256};
use crate::platform::EntropyError;
use std::println;

struct Seeded(HmacDrbg<SoftwareHmacSha256>);

impl Seeded {
    fn new(seed: u8) -> Self {
        Self(HmacDrbg::new(&[&[seed; 32], &[], &[]]))
    }
}

impl Random for Seeded {
    fn fill(&mut self, output: &mut [u8]) -> Result<(), EntropyError> {
        if self.0.generate(output).is_err() {
            self.0.reseed(&[&[1; 32], &[], &[]]);
            self.0.generate(output).map_err(|_| EntropyError)?;
        }
        Ok(())
    }
}

fn generated(size: RsaSize, seed: u8) -> RsaKey {
    let (mut random, mut generation) = (Seeded::new(seed), RsaGeneration::new(size));
    let mut last = generation.progress();
    loop {
        if let Some(key) = generation.step(&mut random).unwrap() {
            println!("{size:?}, seed {seed}: {last:?}");
            return key;
        }
        let progress = generation.progress();
        assert!(progress.candidates >= last.candidates && progress.primes >= last.primes);
        last = progress;
    }
}

/// Reading the key back in checks all that can be checked of its numbers.
#[test]
fn a_generated_key_is_consistent_and_signs() {
    for seed in 0..2 {
        let key = generated(RsaSize::Rsa2048, seed);
        let mut der = [0; RsaKey::MAX_PKCS8_LEN];
        let len = key.write_pkcs8(&mut der).unwrap();
        assert!((1214..=1219).contains(&len), "{len}");
        assert!(RsaKey::from_pkcs8(&der[..len]).is_ok());
        let digest = Digest::new(HashAlgorithm::Sha256, &[9; 32]).unwrap();
        let mut signature = [0; 256];
        key.sign_pkcs1::<Software>(&digest, &mut Seeded::new(7), &mut signature)
            .unwrap();
        let public: RsaPublic = key.public().unwrap();
        assert_eq!(public.verify_pkcs1::<Software>(&digest, &signature), Ok(()));
    }
}

#[test]
fn a_stuck_source_gives_no_key() {
    struct Stuck;
    impl Random for Stuck {
        fn fill(&mut self, output: &mut [u8]) -> Result<(), EntropyError> {
            output.fill(0x11);
            Ok(())
        }
    }
    let mut generation = RsaGeneration::new(RsaSize::Rsa2048);
    let ended = (0..1_000_000).find_map(|_| generation.step(&mut Stuck).err());
    assert_eq!(ended, Some(CryptoError::Failed));
}

#[test]
fn primes_that_are_close_are_refused() {
    let p = Uint::<16>::power_of_two(1023);
    let mut q = p.clone();
    q.add(&Uint::power_of_two(1024 - 100));
    assert!(!differ(&p, &q) && !differ(&q, &p) && !differ(&p, &p));
    q.add(&Uint::small(1));
    assert!(differ(&p, &q) && differ(&q, &p));
}
