use super::*;
use crate::crypto::{Digest, HashAlgorithm, Random, Software};
use crate::platform::EntropyError;
use crate::selftest::ecdsa::{P256, P384, P521};

/// Counts up; or fills with one byte for ever.
enum Fixed {
    Counting(u8),
    Stuck(u8),
}

impl Random for Fixed {
    fn fill(&mut self, output: &mut [u8]) -> Result<(), EntropyError> {
        for byte in output {
            *byte = match self {
                Self::Counting(next) => {
                    *next = next.wrapping_add(1);
                    *next
                }
                Self::Stuck(byte) => *byte,
            };
        }
        Ok(())
    }
}

#[test]
fn a_generated_key_signs_digests_of_every_length() {
    for curve in Curve::ALL {
        let mut random = Fixed::Counting(3);
        let key = EcKey::generate::<Software>(curve, &mut random).unwrap();
        let public = key.public::<Software>().unwrap();
        for algorithm in HashAlgorithm::ALL {
            let digest = Digest::new(algorithm, &[0xA5; 64][..algorithm.digest_len()]).unwrap();
            let signature = key.sign::<Software>(&digest, &mut random).unwrap();
            assert_eq!(public.verify::<Software>(&digest, signature.as_bytes()), Ok(()));
            let hedged = key.sign::<Software>(&digest, &mut random).unwrap();
            assert_ne!(signature, hedged, "the nonce is not hedged");
            let other = Digest::new(algorithm, &[0xA4; 64][..algorithm.digest_len()]).unwrap();
            assert_eq!(
                public.verify::<Software>(&other, signature.as_bytes()),
                Err(CryptoError::NotAuthentic)
            );
        }
    }
}

#[test]
fn public_keys_are_those_of_rfc_6979() {
    for (curve, vector) in Curve::ALL.into_iter().zip([P256, P384, P521]) {
        let key = EcKey::parse_pair::<Software>(curve, vector.secret, vector.point).unwrap();
        assert_eq!(key.as_bytes(), vector.secret);
        assert_eq!(key.public::<Software>().unwrap().as_bytes(), vector.point);
    }
}

#[test]
fn keys_out_of_range_are_refused() {
    for curve in Curve::ALL {
        let len = curve.scalar_len();
        for bad in [&[0; 66][..len], &[0xFF; 66][..len], &[1; 67][..=len], &[]] {
            let parsed = EcKey::parse::<Software>(curve, bad);
            assert_eq!(parsed.err(), Some(CryptoError::InvalidKey));
        }
    }
}

#[test]
fn a_public_key_of_another_secret_is_refused() {
    let mut secret = [0; 32];
    secret.copy_from_slice(P256.secret);
    secret[31] ^= 1;
    let parsed = EcKey::parse_pair::<Software>(Curve::P256, &secret, P256.point);
    assert_eq!(parsed.err(), Some(CryptoError::InvalidKey));
}

#[test]
fn points_off_the_curve_are_refused() {
    let digest = Digest::new(HashAlgorithm::Sha256, P256.digest).unwrap();
    let mut point = [0; 65];
    point.copy_from_slice(P256.point);
    point[64] ^= 1;
    let public = EcPublic::new(Curve::P256, &point).unwrap();
    let refused = public.verify::<Software>(&digest, P256.signature);
    assert_eq!(refused, Err(CryptoError::InvalidKey));
}

#[test]
fn a_broken_generator_gives_no_key() {
    for (byte, curve) in [
        (0, Curve::P256),
        (0xFF, Curve::P256),
        (0, Curve::P521),
        (0xFF, Curve::P521),
    ] {
        let generated = EcKey::generate::<Software>(curve, &mut Fixed::Stuck(byte));
        assert_eq!(generated.err(), Some(CryptoError::Failed));
    }
}
