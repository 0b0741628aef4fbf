use super::*;
use crate::crypto::bignum::{Modulus, Uint};
use crate::crypto::ec::{Ecdsa, SoftwareP256, SoftwareP384, SoftwareP521};
use crate::crypto::rsa::{ModExp, SoftwareModExp};
use crate::crypto::{
    Aes256, Aes256Gcm, BLOCK_LEN, CryptoError, Hash, HmacSha256, Key256, MacStream, Software, SoftwareAes256,
    SoftwareAes256Gcm, SoftwareHash, SoftwareHmacSha256,
};
use casemate_common::record::{NONCE_LEN, TAG_LEN};

/// What [`Break`] breaks.
mod fault {
    pub(super) const AES_PAIR: u8 = 0;
    pub(super) const AES_DECRYPT: u8 = 1;
    pub(super) const GCM_TAG: u8 = 2;
    pub(super) const GCM_LONG: u8 = 3;
    pub(super) const GCM_UNCHECKED: u8 = 4;
    pub(super) const HMAC: u8 = 5;
    pub(super) const HMAC_LONG: u8 = 6;
    pub(super) const SHA1: u8 = 7;
    pub(super) const SHA256: u8 = 8;
    pub(super) const SHA384: u8 = 9;
    pub(super) const SHA512: u8 = 10;
    pub(super) const P256: u8 = 11;
    pub(super) const P384: u8 = 12;
    pub(super) const P521: u8 = 13;
    pub(super) const P256_UNCHECKED: u8 = 14;
    pub(super) const RSA_PRIVATE: u8 = 15;
    pub(super) const RSA_PUBLIC: u8 = 16;
}

/// The software with one fault.
#[derive(Clone)]
struct Break<const FAULT: u8>;

impl<const FAULT: u8> Crypto for Break<FAULT> {
    type Aes256 = Bent<SoftwareAes256, FAULT>;
    type Aes256Gcm = Bent<SoftwareAes256Gcm, FAULT>;
    type HmacSha256 = Bent<SoftwareHmacSha256, FAULT>;
    type ModExp = Bent<SoftwareModExp, FAULT>;
    type P256 = Bent<SoftwareP256, FAULT, { fault::P256 }>;
    type P384 = Bent<SoftwareP384, FAULT, { fault::P384 }>;
    type P521 = Bent<SoftwareP521, FAULT, { fault::P521 }>;
    type Sha1 = Bent<SoftwareHash<sha1::Sha1>, FAULT, { fault::SHA1 }>;
    type Sha256 = Bent<SoftwareHash<sha2::Sha256>, FAULT, { fault::SHA256 }>;
    type Sha384 = Bent<SoftwareHash<sha2::Sha384>, FAULT, { fault::SHA384 }>;
    type Sha512 = Bent<SoftwareHash<sha2::Sha512>, FAULT, { fault::SHA512 }>;
}

/// An algorithm that may have a fault; `OWN` is the one of its kind where a trait stands for several algorithms.
#[derive(Clone, Default)]
struct Bent<T, const FAULT: u8, const OWN: u8 = { u8::MAX }>(T);

impl<T: Aes256, const FAULT: u8> Aes256 for Bent<T, FAULT> {
    fn new(key: &Key256) -> Self {
        Self(T::new(key))
    }

    fn encrypt_pair(&self, blocks: &mut [[u8; BLOCK_LEN]; 2]) {
        self.0.encrypt_pair(blocks);
        blocks[1][15] ^= u8::from(FAULT == fault::AES_PAIR);
    }

    fn encrypt(&self, block: &mut [u8; BLOCK_LEN]) {
        self.0.encrypt(block);
    }

    fn decrypt(&self, block: &mut [u8; BLOCK_LEN]) {
        self.0.decrypt(block);
        block[15] ^= u8::from(FAULT == fault::AES_DECRYPT);
    }
}

impl<T: Aes256Gcm, const FAULT: u8> Aes256Gcm for Bent<T, FAULT> {
    fn new(key: &Key256) -> Self {
        Self(T::new(key))
    }

    fn seal(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        data: &mut [u8],
    ) -> Result<[u8; TAG_LEN], CryptoError> {
        let mut tag = self.0.seal(nonce, associated, data)?;
        if FAULT == fault::GCM_TAG || (FAULT == fault::GCM_LONG && data.len() == 4096) {
            tag[0] ^= 1;
        }
        Ok(tag)
    }

    fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        data: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), CryptoError> {
        match self.0.open(nonce, associated, data, tag) {
            Err(_) if FAULT == fault::GCM_UNCHECKED => Ok(()),
            result => result,
        }
    }
}

impl<T: HmacSha256, const FAULT: u8> HmacSha256 for Bent<T, FAULT> {
    type Stream = BentStream<T::Stream, FAULT>;

    fn keyed(key: &[u8]) -> Self {
        Self(T::keyed(key))
    }

    fn begin(&self) -> Self::Stream {
        BentStream {
            stream: self.0.begin(),
            len: 0,
        }
    }
}

/// Right for short inputs only, or for none.
struct BentStream<T, const FAULT: u8> {
    stream: T,
    len: usize,
}

impl<T: MacStream, const FAULT: u8> MacStream for BentStream<T, FAULT> {
    fn update(&mut self, input: &[u8]) {
        self.len += input.len();
        self.stream.update(input);
    }

    fn finish(self) -> Key256 {
        let mut code = self.stream.finish();
        if FAULT == fault::HMAC || (FAULT == fault::HMAC_LONG && self.len > 64) {
            code.as_mut_bytes()[31] ^= 0x80;
        }
        code
    }
}

impl<T: Hash<LEN>, const FAULT: u8, const OWN: u8, const LEN: usize> Hash<LEN> for Bent<T, FAULT, OWN> {
    fn update(&mut self, input: &[u8]) {
        self.0.update(input);
    }

    fn finish(self) -> [u8; LEN] {
        let mut digest = self.0.finish();
        digest[0] ^= u8::from(FAULT == OWN);
        digest
    }
}

impl<T: Ecdsa, const FAULT: u8, const OWN: u8> Ecdsa for Bent<T, FAULT, OWN> {
    fn public(secret: &[u8], point: &mut [u8]) -> Result<(), CryptoError> {
        T::public(secret, point)
    }

    fn sign(secret: &[u8], digest: &[u8], hedge: &[u8], signature: &mut [u8]) -> Result<(), CryptoError> {
        T::sign(secret, digest, hedge, signature)?;
        signature[0] ^= u8::from(FAULT == OWN);
        Ok(())
    }

    fn verify(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        match T::verify(point, digest, signature) {
            Err(_) if FAULT == fault::P256_UNCHECKED => Ok(()),
            result => result,
        }
    }
}

impl<T: ModExp, const FAULT: u8> ModExp for Bent<T, FAULT> {
    fn secret<const N: usize>(modulus: &Modulus<N>, base: &Uint<N>, exponent: &Uint<N>) -> Uint<N> {
        let mut exponent = exponent.clone();
        if FAULT == fault::RSA_PRIVATE {
            exponent.double();
        }
        T::secret(modulus, base, &exponent)
    }

    fn public<const N: usize>(modulus: &Modulus<N>, base: &Uint<N>, exponent: u32) -> Uint<N> {
        T::public(modulus, base, exponent ^ u32::from(FAULT == fault::RSA_PUBLIC))
    }
}

#[test]
fn the_software_gives_its_known_answers() {
    assert_eq!(run::<Software>(), Ok(()));
}

#[test]
fn every_broken_algorithm_is_caught() {
    assert_eq!(run::<Break<{ fault::AES_PAIR }>>(), Err(Broken::Xaes));
    assert_eq!(run::<Break<{ fault::AES_DECRYPT }>>(), Err(Broken::AesKwp));
    assert_eq!(run::<Break<{ fault::GCM_TAG }>>(), Err(Broken::AesGcm));
    assert_eq!(run::<Break<{ fault::GCM_LONG }>>(), Err(Broken::Record));
    assert_eq!(run::<Break<{ fault::HMAC }>>(), Err(Broken::Hmac));
    assert_eq!(run::<Break<{ fault::HMAC_LONG }>>(), Err(Broken::HmacDrbg));
    assert_eq!(run::<Break<{ fault::SHA1 }>>(), Err(Broken::Sha1));
    assert_eq!(run::<Break<{ fault::SHA256 }>>(), Err(Broken::Sha256));
    assert_eq!(run::<Break<{ fault::SHA384 }>>(), Err(Broken::Sha384));
    assert_eq!(run::<Break<{ fault::SHA512 }>>(), Err(Broken::Sha512));
    assert_eq!(run::<Break<{ fault::P256 }>>(), Err(Broken::EcdsaP256));
    assert_eq!(run::<Break<{ fault::P384 }>>(), Err(Broken::EcdsaP384));
    assert_eq!(run::<Break<{ fault::P521 }>>(), Err(Broken::EcdsaP521));
    assert_eq!(run::<Break<{ fault::RSA_PRIVATE }>>(), Err(Broken::Rsa));
    assert_eq!(run::<Break<{ fault::RSA_PUBLIC }>>(), Err(Broken::Rsa));
}

#[test]
fn an_implementation_that_checks_nothing_is_caught() {
    assert_eq!(run::<Break<{ fault::GCM_UNCHECKED }>>(), Err(Broken::AesGcm));
    assert_eq!(run::<Break<{ fault::P256_UNCHECKED }>>(), Err(Broken::EcdsaP256));
}

#[test]
fn an_algorithm_that_is_asked_late_is_asked_until_it_answers() {
    let mut untested = Untested::ALL;
    for _ in 0..2 {
        let broken = untested.ask::<Break<{ fault::RSA_PRIVATE }>>(Deferred::Rsa);
        assert_eq!(broken, Err(Broken::Rsa));
    }
    while let Some(next) = untested.next() {
        assert_eq!(untested.ask::<Software>(next), Ok(()));
    }
    assert_eq!(
        untested.ask::<Break<{ fault::RSA_PRIVATE }>>(Deferred::Rsa),
        Ok(())
    );
}
