use super::*;
use crate::crypto::{
    Aes256, Aes256Gcm, BLOCK_LEN, CryptoError, HmacSha256, Key256, Sha256, Software, SoftwareAes256,
    SoftwareAes256Gcm, SoftwareHmacSha256, SoftwareSha256,
};
use casemate_common::record::{NONCE_LEN, TAG_LEN};
use core::marker::PhantomData;

/// The software with some algorithms replaced.
struct With<A, G, M, H>(PhantomData<(A, G, M, H)>);

impl<A: Aes256, G: Aes256Gcm, M: HmacSha256, H: Sha256> Crypto for With<A, G, M, H> {
    type Aes256 = A;
    type Aes256Gcm = G;
    type HmacSha256 = M;
    type Sha256 = H;
}

/// One bit of the second block wrong.
struct BrokenAes(SoftwareAes256);

impl Aes256 for BrokenAes {
    fn new(key: &Key256) -> Self {
        Self(SoftwareAes256::new(key))
    }

    fn encrypt_pair(&self, blocks: &mut [[u8; BLOCK_LEN]; 2]) {
        self.0.encrypt_pair(blocks);
        blocks[1][15] ^= 1;
    }
}

/// `CHECKS`: whether tags are checked; `LONG`: whether only inputs of a whole chunk come out wrong.
struct BrokenGcm<const CHECKS: bool, const LONG: bool>(SoftwareAes256Gcm);

impl<const CHECKS: bool, const LONG: bool> Aes256Gcm for BrokenGcm<CHECKS, LONG> {
    fn new(key: &Key256) -> Self {
        Self(SoftwareAes256Gcm::new(key))
    }

    fn seal(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        data: &mut [u8],
    ) -> Result<[u8; TAG_LEN], CryptoError> {
        let mut tag = self.0.seal(nonce, associated, data)?;
        if CHECKS && (!LONG || data.len() == 4096) {
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
            Err(_) if !CHECKS => Ok(()),
            result => result,
        }
    }
}

/// Right for short inputs only.
struct BrokenHmac<const LIMIT: usize>(SoftwareHmacSha256);

impl<const LIMIT: usize> HmacSha256 for BrokenHmac<LIMIT> {
    fn new(key: &Key256) -> Self {
        Self(SoftwareHmacSha256::new(key))
    }

    fn mac(&self, parts: &[&[u8]]) -> Key256 {
        let mut code = self.0.mac(parts);
        if parts.iter().map(|part| part.len()).sum::<usize>() > LIMIT {
            code.as_mut_bytes()[31] ^= 0x80;
        }
        code
    }
}

#[derive(Default)]
struct BrokenSha(SoftwareSha256);

impl Sha256 for BrokenSha {
    fn update(&mut self, input: &[u8]) {
        self.0.update(input);
    }

    fn finish(self) -> [u8; 32] {
        let mut digest = self.0.finish();
        digest[0] ^= 1;
        digest
    }
}

type S = Software;
type Aes = <S as Crypto>::Aes256;
type Gcm = <S as Crypto>::Aes256Gcm;
type Hmac = <S as Crypto>::HmacSha256;
type Sha = <S as Crypto>::Sha256;

#[test]
fn the_software_gives_its_known_answers() {
    assert_eq!(run::<S>(), Ok(()));
}

#[test]
fn every_broken_algorithm_is_caught() {
    assert_eq!(run::<With<BrokenAes, Gcm, Hmac, Sha>>(), Err(Broken::Xaes));
    assert_eq!(
        run::<With<Aes, BrokenGcm<true, false>, Hmac, Sha>>(),
        Err(Broken::AesGcm)
    );
    assert_eq!(
        run::<With<Aes, BrokenGcm<true, true>, Hmac, Sha>>(),
        Err(Broken::Record)
    );
    assert_eq!(run::<With<Aes, Gcm, BrokenHmac<0>, Sha>>(), Err(Broken::Hmac));
    assert_eq!(
        run::<With<Aes, Gcm, BrokenHmac<64>, Sha>>(),
        Err(Broken::HmacDrbg)
    );
    assert_eq!(run::<With<Aes, Gcm, Hmac, BrokenSha>>(), Err(Broken::Sha256));
}

#[test]
fn an_implementation_that_checks_no_tag_is_caught() {
    assert_eq!(
        run::<With<Aes, BrokenGcm<false, false>, Hmac, Sha>>(),
        Err(Broken::AesGcm)
    );
}
