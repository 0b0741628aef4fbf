use super::*;
use crate::crypto::{Key256, SoftwareAes256};
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

/// RFC 5649's examples are of 192-bit keys.
struct Aes192(aes::Aes192);

impl Aes256 for Aes192 {
    fn new(key: &Key256) -> Self {
        Self(aes::Aes192::new_from_slice(&key.as_bytes()[..24]).unwrap())
    }

    fn encrypt_pair(&self, blocks: &mut [[u8; BLOCK_LEN]; 2]) {
        blocks.iter_mut().for_each(|block| self.encrypt(block));
    }

    fn encrypt(&self, block: &mut [u8; BLOCK_LEN]) {
        self.0.encrypt_block(block.into());
    }

    fn decrypt(&self, block: &mut [u8; BLOCK_LEN]) {
        self.0.decrypt_block(block.into());
    }
}

fn rfc5649_key() -> Aes192 {
    let mut key = Key256::zero();
    key.as_mut_bytes()[..24].copy_from_slice(&[
        0x58, 0x40, 0xdf, 0x6e, 0x29, 0xb0, 0x2a, 0xf1, 0xab, 0x49, 0x3b, 0x70, 0x5b, 0xf1, 0x6e, 0xa1, 0xae,
        0x83, 0x38, 0xf4, 0xdc, 0xc1, 0x76, 0xa8,
    ]);
    Aes192::new(&key)
}

fn assert_wraps(key: &[u8], expected: &[u8]) {
    let mut wrapped = std::vec![0; wrapped_len(key.len())];
    assert_eq!(wrap(&rfc5649_key(), key, &mut wrapped), Ok(expected.len()));
    assert_eq!(wrapped, expected);
    assert_eq!(unwrap(&rfc5649_key(), &mut wrapped), Ok(key));
}

#[test]
fn examples_of_rfc_5649() {
    assert_wraps(
        &[
            0xc3, 0x7b, 0x7e, 0x64, 0x92, 0x58, 0x43, 0x40, 0xbe, 0xd1, 0x22, 0x07, 0x80, 0x89, 0x41, 0x15,
            0x50, 0x68, 0xf7, 0x38,
        ],
        &[
            0x13, 0x8b, 0xde, 0xaa, 0x9b, 0x8f, 0xa7, 0xfc, 0x61, 0xf9, 0x77, 0x42, 0xe7, 0x22, 0x48, 0xee,
            0x5a, 0xe6, 0xae, 0x53, 0x60, 0xd1, 0xae, 0x6a, 0x5f, 0x54, 0xf3, 0x73, 0xfa, 0x54, 0x3b, 0x6a,
        ],
    );
    assert_wraps(
        &[0x46, 0x6f, 0x72, 0x50, 0x61, 0x73, 0x69],
        &[
            0xaf, 0xbe, 0xb0, 0xf0, 0x7d, 0xfb, 0xf5, 0x41, 0x92, 0x00, 0xf2, 0xcc, 0xb5, 0x0b, 0xb2, 0x4f,
        ],
    );
}

#[test]
fn every_length_comes_back_and_no_altered_bit_does() {
    let cipher = SoftwareAes256::new(&Key256::new([7; 32]));
    for len in 1..=40 {
        let key: std::vec::Vec<u8> = (1..=len).collect();
        let mut wrapped = std::vec![0; wrapped_len(key.len())];
        let total = wrap(&cipher, &key, &mut wrapped).unwrap();
        assert_eq!(total, wrapped.len());
        assert_eq!(unwrap(&cipher, &mut wrapped.clone()), Ok(&key[..]));
        for bit in 0..8 * total {
            let mut altered = wrapped.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(unwrap(&cipher, &mut altered), Err(CryptoError::NotAuthentic));
            assert!(altered.iter().all(|byte| *byte == 0), "plaintext stays");
        }
    }
}

#[test]
fn what_cannot_be_wrapped_is_refused() {
    let cipher = SoftwareAes256::new(&Key256::new([7; 32]));
    assert_eq!(wrap(&cipher, &[], &mut [0; 16]), Err(CryptoError::Malformed));
    assert_eq!(wrap(&cipher, &[1; 9], &mut [0; 23]), Err(CryptoError::TooLong));
    for len in [0, 8, 15, 17, 23] {
        let mut bytes = std::vec![0; len];
        assert_eq!(unwrap(&cipher, &mut bytes), Err(CryptoError::NotAuthentic));
    }
}
