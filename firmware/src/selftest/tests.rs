use super::*;
use crate::crypto::Software;
use faults::Break;

#[test]
fn the_software_gives_its_known_answers() {
    assert_eq!(run::<Software>(), Ok(()));
}

#[test]
fn every_broken_algorithm_is_caught() {
    assert_eq!(run::<Break<{ faults::AES_PAIR }>>(), Err(Broken::Xaes));
    assert_eq!(run::<Break<{ faults::AES_DECRYPT }>>(), Err(Broken::AesKwp));
    assert_eq!(run::<Break<{ faults::GCM_TAG }>>(), Err(Broken::AesGcm));
    assert_eq!(run::<Break<{ faults::GCM_LONG }>>(), Err(Broken::Record));
    assert_eq!(run::<Break<{ faults::HMAC }>>(), Err(Broken::Hmac));
    assert_eq!(run::<Break<{ faults::HMAC_LONG }>>(), Err(Broken::HmacDrbg));
    assert_eq!(run::<Break<{ faults::SHA1 }>>(), Err(Broken::Sha1));
    assert_eq!(run::<Break<{ faults::SHA256 }>>(), Err(Broken::Sha256));
    assert_eq!(run::<Break<{ faults::SHA384 }>>(), Err(Broken::Sha384));
    assert_eq!(run::<Break<{ faults::SHA512 }>>(), Err(Broken::Sha512));
    assert_eq!(run::<Break<{ faults::P256 }>>(), Err(Broken::EcdsaP256));
    assert_eq!(run::<Break<{ faults::P384 }>>(), Err(Broken::EcdsaP384));
    assert_eq!(run::<Break<{ faults::P521 }>>(), Err(Broken::EcdsaP521));
    assert_eq!(run::<Break<{ faults::RSA_PRIVATE }>>(), Err(Broken::Rsa));
    assert_eq!(run::<Break<{ faults::RSA_PUBLIC }>>(), Err(Broken::Rsa));
    assert_eq!(run::<Break<{ faults::X25519_AGREE }>>(), Err(Broken::X25519));
}

#[test]
fn an_implementation_that_checks_nothing_is_caught() {
    assert_eq!(run::<Break<{ faults::GCM_UNCHECKED }>>(), Err(Broken::AesGcm));
    assert_eq!(
        run::<Break<{ faults::ECDSA_UNCHECKED }>>(),
        Err(Broken::EcdsaP256)
    );
}

#[test]
fn an_algorithm_that_is_asked_late_is_asked_until_it_answers() {
    let mut untested = Untested::ALL;
    for _ in 0..2 {
        let broken = untested.ask::<Break<{ faults::RSA_PRIVATE }>>(Deferred::Rsa);
        assert_eq!(broken, Err(Broken::Rsa));
    }
    while let Some(next) = untested.next() {
        assert_eq!(untested.ask::<Software>(next), Ok(()));
    }
    assert_eq!(
        untested.ask::<Break<{ faults::RSA_PRIVATE }>>(Deferred::Rsa),
        Ok(())
    );
}
