use super::*;
use crate::crypto::bignum::{Modulus, Uint};
use crate::crypto::{Crypto, CryptoError, Digest, HashAlgorithm, Random, Software, rsa_aes};
use crate::platform::EntropyError;
use crate::selftest::rsa::{DIGEST, PARTS, PKCS1, key};
use core::marker::PhantomData;

/// Counts up.
struct Counting(u8);

impl Random for Counting {
    fn fill(&mut self, output: &mut [u8]) -> Result<(), EntropyError> {
        for byte in output {
            self.0 = self.0.wrapping_mul(5).wrapping_add(113);
            *byte = self.0;
        }
        Ok(())
    }
}

fn digest() -> Digest {
    Digest::new(HashAlgorithm::Sha256, &DIGEST).unwrap()
}

#[test]
fn a_pkcs1_signature_is_openssls() {
    let mut signature = [0; 256];
    for seed in 0..3 {
        let signed = key()
            .unwrap()
            .sign_pkcs1::<Software>(&digest(), &mut Counting(seed), &mut signature);
        assert_eq!(signed, Ok(256));
        assert_eq!(signature, PKCS1);
    }
}

#[test]
fn signatures_check_and_altered_ones_do_not() {
    let (key, mut random) = (key().unwrap(), Counting(1));
    let public = key.public().unwrap();
    for algorithm in HashAlgorithm::ALL {
        let digest = Digest::new(algorithm, &[7; 64][..algorithm.digest_len()]).unwrap();
        let mut signature = [0; 256];
        key.sign_pkcs1::<Software>(&digest, &mut random, &mut signature)
            .unwrap();
        assert_eq!(public.verify_pkcs1::<Software>(&digest, &signature), Ok(()));
        signature[100] ^= 4;
        assert_eq!(
            public.verify_pkcs1::<Software>(&digest, &signature),
            Err(CryptoError::NotAuthentic)
        );
        key.sign_pss::<Software>(&digest, &mut random, &mut signature)
            .unwrap();
        assert_eq!(public.verify_pss::<Software>(&digest, &signature), Ok(()));
        signature[100] ^= 4;
        assert_eq!(
            public.verify_pss::<Software>(&digest, &signature),
            Err(CryptoError::NotAuthentic)
        );
    }
}

#[test]
fn oaep_comes_back_and_says_nothing_when_it_does_not() {
    let (key, mut random) = (key().unwrap(), Counting(9));
    let public = key.public().unwrap();
    for (hash, longest) in [(OaepHash::Sha1, 214), (OaepHash::Sha256, 190)] {
        for len in [0, 1, 32, longest] {
            let message = &[0xC3; 256][..len];
            let (mut ciphertext, mut back) = ([0; 256], [0; 256]);
            public
                .encrypt_oaep::<Software>(hash, message, &mut random, &mut ciphertext)
                .unwrap();
            let decrypted = key.decrypt_oaep::<Software>(hash, &ciphertext, &mut random, &mut back);
            assert_eq!(decrypted, Ok(len));
            assert_eq!(&back[..len], message);
            ciphertext[17] ^= 1;
            let refused = key.decrypt_oaep::<Software>(hash, &ciphertext, &mut random, &mut back);
            assert_eq!(refused, Err(CryptoError::NotAuthentic));
        }
        let too_long = &[0; 256][..=longest];
        let refused = public.encrypt_oaep::<Software>(hash, too_long, &mut random, &mut [0; 256]);
        assert_eq!(refused, Err(CryptoError::TooLong));
    }
}

#[test]
fn a_ciphertext_of_another_length_or_over_the_modulus_is_refused() {
    let (key, mut output) = (key().unwrap(), [0; 256]);
    for bad in [&[0xFF; 256][..], &[1; 255], &[0; 257], &[]] {
        let refused = key.decrypt_oaep::<Software>(OaepHash::Sha256, bad, &mut Counting(0), &mut output);
        assert_eq!(refused, Err(CryptoError::NotAuthentic));
    }
}

/// A processor that slips in one of the two halves.
struct Slipping;

impl ModExp for Slipping {
    fn secret<const N: usize>(
        modulus: &Modulus<N>,
        base: &Uint<N>,
        exponent: &Uint<N>,
    ) -> Result<Uint<N>, CryptoError> {
        let mut result = SoftwareModExp::secret(modulus, base, exponent)?;
        let slips = modulus.n().less(&Uint::from_be_bytes(PARTS.p).unwrap());
        result.limbs_mut()[3] ^= slips << 9;
        Ok(result)
    }

    fn public<const N: usize>(
        modulus: &Modulus<N>,
        base: &Uint<N>,
        exponent: u32,
    ) -> Result<Uint<N>, CryptoError> {
        SoftwareModExp::public(modulus, base, exponent)
    }
}

/// A processor that does nothing more.
struct Dead;

impl ModExp for Dead {
    fn secret<const N: usize>(_: &Modulus<N>, _: &Uint<N>, _: &Uint<N>) -> Result<Uint<N>, CryptoError> {
        Err(CryptoError::Failed)
    }

    fn public<const N: usize>(_: &Modulus<N>, _: &Uint<N>, _: u32) -> Result<Uint<N>, CryptoError> {
        Err(CryptoError::Failed)
    }
}

struct With<M>(PhantomData<M>);

impl<M: ModExp + 'static> Crypto for With<M> {
    type Aes256 = <Software as Crypto>::Aes256;
    type Aes256Gcm = <Software as Crypto>::Aes256Gcm;
    type HmacSha256 = <Software as Crypto>::HmacSha256;
    type ModExp = M;
    type P256 = <Software as Crypto>::P256;
    type P384 = <Software as Crypto>::P384;
    type P521 = <Software as Crypto>::P521;
    type Sha1 = <Software as Crypto>::Sha1;
    type Sha256 = <Software as Crypto>::Sha256;
    type Sha384 = <Software as Crypto>::Sha384;
    type Sha512 = <Software as Crypto>::Sha512;
    type X25519 = <Software as Crypto>::X25519;
}

/// Boneh, DeMillo and Lipton 1997: such a signature would tell a prime.
#[test]
fn a_fault_in_one_half_gives_no_signature() {
    let mut signature = [0; 256];
    let signed = key()
        .unwrap()
        .sign_pkcs1::<With<Slipping>>(&digest(), &mut Counting(0), &mut signature);
    assert_eq!(signed, Err(CryptoError::InvalidKey));
}

#[test]
fn a_processor_that_fails_gives_no_bytes() {
    let (key, mut random) = (key().unwrap(), Counting(4));
    let public = key.public().unwrap();
    let failed = Err(CryptoError::Failed);
    let mut output = [0x3C; 512];
    let encrypted = public.encrypt_oaep::<With<Dead>>(OaepHash::Sha256, &[7; 32], &mut random, &mut output);
    assert_eq!((encrypted, &output[..256]), (failed, &[0; 256][..]));
    let wrapped = rsa_aes::wrap::<With<Dead>>(&public, OaepHash::Sha1, &[7; 32], &mut random, &mut output);
    assert_eq!((wrapped, &output[..256]), (failed, &[0; 256][..]));
    assert_eq!(
        key.sign_pkcs1::<With<Dead>>(&digest(), &mut random, &mut output),
        failed
    );
    assert_eq!(
        key.sign_pss::<With<Dead>>(&digest(), &mut random, &mut output),
        failed
    );
    let decrypted = key.decrypt_oaep::<With<Dead>>(OaepHash::Sha256, &[1; 256], &mut random, &mut output);
    assert_eq!(decrypted, failed);
    assert_eq!(
        rsa_aes::unwrap::<With<Dead>>(&key, OaepHash::Sha256, &mut random, &mut [1; 300]).err(),
        Some(CryptoError::Failed)
    );
    assert_eq!(
        public.verify_pkcs1::<With<Dead>>(&digest(), &PKCS1),
        Err(CryptoError::Failed)
    );
    assert_eq!(
        public.verify_pss::<With<Dead>>(&digest(), &PKCS1),
        Err(CryptoError::Failed)
    );
}

#[test]
fn a_key_comes_back_from_its_encodings() {
    let key = key().unwrap();
    let mut pkcs8 = [0; RsaKey::MAX_PKCS8_LEN];
    let len = key.write_pkcs8(&mut pkcs8).unwrap();
    let parsed = RsaKey::from_pkcs8(&pkcs8[..len]).unwrap();
    let mut again = [0; RsaKey::MAX_PKCS8_LEN];
    assert_eq!(parsed.write_pkcs8(&mut again), Ok(len));
    assert_eq!(again, pkcs8);
    let mut spki = [0; RsaPublic::MAX_SPKI_LEN];
    let len = key.public().unwrap().write_spki(&mut spki).unwrap();
    assert_eq!(len, 294);
    let public = RsaPublic::from_spki(&spki[..len]).unwrap();
    assert_eq!(public.verify_pkcs1::<Software>(&digest(), &PKCS1), Ok(()));
}

#[test]
fn a_private_key_altered_anywhere_is_refused() {
    let mut pkcs8 = [0; RsaKey::MAX_PKCS8_LEN];
    let len = key().unwrap().write_pkcs8(&mut pkcs8).unwrap();
    for place in (0..len).step_by(7) {
        let mut altered = pkcs8;
        altered[place] ^= 1 << (place % 8);
        let parsed = RsaKey::from_pkcs8(&altered[..len]);
        assert_eq!(parsed.err(), Some(CryptoError::InvalidKey), "byte {place}");
    }
    let cut = RsaKey::from_pkcs8(&pkcs8[..len - 1]);
    assert_eq!(cut.err(), Some(CryptoError::InvalidKey));
}

#[test]
fn public_keys_are_checked() {
    let refused = |n: &[u8], e| RsaPublic::new(n, e).err() == Some(CryptoError::InvalidKey);
    let odd = [0xFF; 512];
    assert!(RsaPublic::new(&odd, 65537).is_ok());
    assert!(RsaPublic::new(&odd[..256], 65537).is_ok());
    assert!(refused(&odd[..255], 65537), "2040 bits");
    assert!(refused(&[0xFF; 513], 65537), "4104 bits");
    assert!(
        refused(&odd, 65535) && refused(&odd, 3) && refused(&odd, 65538),
        "exponents"
    );
    let mut even = odd;
    even[511] = 0xFE;
    assert!(refused(&even, 65537));
}

#[test]
fn rsa_aes_comes_back_and_no_altered_byte_does() {
    let (key, mut random) = (key().unwrap(), Counting(3));
    let public = key.public().unwrap();
    for hash in [OaepHash::Sha1, OaepHash::Sha256] {
        let material = [0x77; 138];
        let mut wrapped = [0; 408];
        assert_eq!(rsa_aes::wrapped_len(&public, 138), 408);
        let len = rsa_aes::wrap::<Software>(&public, hash, &material, &mut random, &mut wrapped);
        assert_eq!(len, Ok(408));
        let back = rsa_aes::unwrap::<Software>(&key, hash, &mut random, &mut { wrapped }).map(<[u8]>::to_vec);
        assert_eq!(back.as_deref(), Ok(&material[..]));
        for place in (0..408).step_by(31) {
            let mut altered = wrapped;
            altered[place] ^= 1;
            let refused = rsa_aes::unwrap::<Software>(&key, hash, &mut random, &mut altered);
            assert_eq!(refused, Err(CryptoError::NotAuthentic));
        }
        let cut = rsa_aes::unwrap::<Software>(&key, hash, &mut random, &mut wrapped[..200]);
        assert_eq!(cut, Err(CryptoError::NotAuthentic));
    }
}
