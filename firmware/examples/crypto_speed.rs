//! Prints what the public-key algorithms cost on this machine, in microseconds each, the best of many runs:
//! `cargo run --release -p casemate-firmware --example crypto_speed`.

use casemate_firmware::crypto::ec::{Curve, EcKey};
use casemate_firmware::crypto::rsa::{RsaGeneration, RsaKey, RsaSize};
use casemate_firmware::crypto::{Digest, HashAlgorithm, Random, Software};
use casemate_firmware::platform::EntropyError;
use std::hint::black_box;
use std::time::Instant;

/// xorshift64 (Marsaglia 2003): the cost of good random numbers is another matter.
struct Xorshift(u64);

impl Random for Xorshift {
    fn fill(&mut self, output: &mut [u8]) -> Result<(), EntropyError> {
        for byte in output {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            *byte = (self.0 >> 32) as u8;
        }
        Ok(())
    }
}

fn main() {
    let mut random = Xorshift(0x9E37_79B9_7F4A_7C15);
    let digest = Digest::new(HashAlgorithm::Sha256, &[7; 32]).expect("the digest's length");
    for curve in Curve::ALL {
        let key = EcKey::generate::<Software>(curve, &mut random).expect("a key");
        let public = key.public::<Software>().expect("its public key");
        let signature = key.sign::<Software>(&digest, &mut random).expect("a signature");
        measure(&format!("{curve:?} sign"), 200, || {
            black_box(key.sign::<Software>(&digest, &mut random)).is_ok()
        });
        measure(&format!("{curve:?} verify"), 200, || {
            public.verify::<Software>(&digest, signature.as_bytes()).is_ok()
        });
    }
    for size in RsaSize::ALL {
        let key = generate(size, &mut random);
        let public = key.public().expect("its public key");
        let mut signature = vec![0; size.modulus_len()];
        measure(&format!("{size:?} sign"), 20, || {
            key.sign_pkcs1::<Software>(&digest, &mut random, &mut signature)
                .is_ok()
        });
        measure(&format!("{size:?} verify"), 200, || {
            public.verify_pkcs1::<Software>(&digest, &signature).is_ok()
        });
    }
}

fn generate(size: RsaSize, random: &mut Xorshift) -> RsaKey {
    let begun = Instant::now();
    let mut generation = RsaGeneration::new(size);
    let (mut steps, mut longest) = (0, 0);
    loop {
        let step = Instant::now();
        let key = generation.step(random).expect("random numbers");
        (steps, longest) = (steps + 1, longest.max(step.elapsed().as_micros()));
        if let Some(key) = key {
            println!(
                "{size:?} generate: {} ms in {steps} steps of {longest} us at most",
                begun.elapsed().as_millis()
            );
            return key;
        }
    }
}

fn measure(name: &str, times: u32, mut operation: impl FnMut() -> bool) {
    let run = |_| {
        let begun = Instant::now();
        assert!(operation(), "{name} failed");
        begun.elapsed().as_nanos()
    };
    let best = (0..times).map(run).min().unwrap_or_default();
    println!("{name}: {} us", best / 1000);
}
