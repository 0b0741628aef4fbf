//! The software with a fault, to see that no device works with one: for tests alone.

use crate::crypto::bignum::{Modulus, Uint};
use crate::crypto::ec::{Ecdsa, SoftwareP256, SoftwareP384, SoftwareP521};
use crate::crypto::rsa::{ModExp, SoftwareModExp};
use crate::crypto::{
    Aes256, Aes256Gcm, BLOCK_LEN, Crypto, CryptoError, Hash, HmacSha256, Key256, MacStream, SoftwareAes256,
    SoftwareAes256Gcm, SoftwareHash, SoftwareHmacSha256, SoftwareX25519, X25519,
};
use casemate_common::record::{NONCE_LEN, TAG_LEN};

/// Two blocks of AES at once.
pub const AES_PAIR: u8 = 0;
/// Decryption of AES.
pub const AES_DECRYPT: u8 = 1;
/// The tag of AES-GCM.
pub const GCM_TAG: u8 = 2;
/// The tag of AES-GCM, of a whole chunk only.
pub const GCM_LONG: u8 = 3;
/// AES-GCM that takes every tag.
pub const GCM_UNCHECKED: u8 = 4;
/// HMAC.
pub const HMAC: u8 = 5;
/// HMAC, of long input only.
pub const HMAC_LONG: u8 = 6;
/// SHA-1.
pub const SHA1: u8 = 7;
/// SHA-256.
pub const SHA256: u8 = 8;
/// SHA-384.
pub const SHA384: u8 = 9;
/// SHA-512.
pub const SHA512: u8 = 10;
/// Signatures with P-256.
pub const P256: u8 = 11;
/// Signatures with P-384.
pub const P384: u8 = 12;
/// Signatures with P-521.
pub const P521: u8 = 13;
/// ECDSA that takes every signature.
pub const ECDSA_UNCHECKED: u8 = 14;
/// Modular exponentiation with a secret exponent.
pub const RSA_PRIVATE: u8 = 15;
/// Modular exponentiation with a public exponent.
pub const RSA_PUBLIC: u8 = 16;
/// X25519.
pub const X25519_AGREE: u8 = 17;
/// How many faults there are, numbered from 0.
pub const COUNT: usize = 18;

/// The software with one fault, by its number above.
#[derive(Debug, Clone, Copy)]
pub struct Break<const FAULT: u8>;

impl<const FAULT: u8> Crypto for Break<FAULT> {
    type Aes256 = Bent<SoftwareAes256, FAULT>;
    type Aes256Gcm = Bent<SoftwareAes256Gcm, FAULT>;
    type HmacSha256 = Bent<SoftwareHmacSha256, FAULT>;
    type ModExp = Bent<SoftwareModExp, FAULT>;
    type P256 = Bent<SoftwareP256, FAULT, P256>;
    type P384 = Bent<SoftwareP384, FAULT, P384>;
    type P521 = Bent<SoftwareP521, FAULT, P521>;
    type Sha1 = Bent<SoftwareHash<sha1::Sha1>, FAULT, SHA1>;
    type Sha256 = Bent<SoftwareHash<sha2::Sha256>, FAULT, SHA256>;
    type Sha384 = Bent<SoftwareHash<sha2::Sha384>, FAULT, SHA384>;
    type Sha512 = Bent<SoftwareHash<sha2::Sha512>, FAULT, SHA512>;
    type X25519 = Bent<SoftwareX25519, FAULT>;
}

/// An algorithm that may have a fault; `OWN` is the one of its kind where a trait stands for several algorithms.
#[derive(Debug, Clone, Default)]
pub struct Bent<T, const FAULT: u8, const OWN: u8 = { u8::MAX }>(T);

impl<T: Aes256, const FAULT: u8> Aes256 for Bent<T, FAULT> {
    fn new(key: &Key256) -> Self {
        Self(T::new(key))
    }

    fn encrypt_pair(&self, blocks: &mut [[u8; BLOCK_LEN]; 2]) {
        self.0.encrypt_pair(blocks);
        blocks[1][15] ^= u8::from(FAULT == AES_PAIR);
    }

    fn encrypt(&self, block: &mut [u8; BLOCK_LEN]) {
        self.0.encrypt(block);
    }

    fn decrypt(&self, block: &mut [u8; BLOCK_LEN]) {
        self.0.decrypt(block);
        block[15] ^= u8::from(FAULT == AES_DECRYPT);
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
        if FAULT == GCM_TAG || (FAULT == GCM_LONG && data.len() == 4096) {
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
            Err(_) if FAULT == GCM_UNCHECKED => Ok(()),
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
#[derive(Debug, Clone)]
pub struct BentStream<T, const FAULT: u8> {
    stream: T,
    len: usize,
}

impl<T: MacStream, const FAULT: u8> MacStream for BentStream<T, FAULT> {
    fn update(&mut self, input: &[u8]) {
        self.len = self.len.saturating_add(input.len());
        self.stream.update(input);
    }

    fn finish(self) -> Key256 {
        let mut code = self.stream.finish();
        if FAULT == HMAC || (FAULT == HMAC_LONG && self.len > 64) {
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
        if let Some(first) = signature.first_mut() {
            *first ^= u8::from(FAULT == OWN);
        }
        Ok(())
    }

    fn verify(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        match T::verify(point, digest, signature) {
            Err(_) if FAULT == ECDSA_UNCHECKED => Ok(()),
            result => result,
        }
    }
}

impl<T: ModExp, const FAULT: u8> ModExp for Bent<T, FAULT> {
    fn secret<const N: usize>(
        modulus: &Modulus<N>,
        base: &Uint<N>,
        exponent: &Uint<N>,
    ) -> Result<Uint<N>, CryptoError> {
        let mut exponent = exponent.clone();
        if FAULT == RSA_PRIVATE {
            exponent.double();
        }
        T::secret(modulus, base, &exponent)
    }

    fn public<const N: usize>(
        modulus: &Modulus<N>,
        base: &Uint<N>,
        exponent: u32,
    ) -> Result<Uint<N>, CryptoError> {
        T::public(modulus, base, exponent ^ u32::from(FAULT == RSA_PUBLIC))
    }
}

impl<T: X25519, const FAULT: u8> X25519 for Bent<T, FAULT> {
    fn public(private: &Key256) -> [u8; 32] {
        T::public(private)
    }

    fn agree(private: &Key256, public: &[u8; 32]) -> Option<Key256> {
        let mut shared = T::agree(private, public)?;
        shared.as_mut_bytes()[9] ^= u8::from(FAULT == X25519_AGREE);
        Some(shared)
    }
}
