use super::{Aes256, BLOCK_LEN, Key256};
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

/// AES-256 in software: bit-sliced, or the processor's own instructions where the build machine has them.
pub struct SoftwareAes256(aes::Aes256);

impl Aes256 for SoftwareAes256 {
    fn new(key: &Key256) -> Self {
        Self(aes::Aes256::new(key.as_bytes().into()))
    }

    fn encrypt_pair(&self, blocks: &mut [[u8; BLOCK_LEN]; 2]) {
        self.0.encrypt_blocks(Array::cast_slice_from_core_mut(blocks));
    }

    fn encrypt(&self, block: &mut [u8; BLOCK_LEN]) {
        self.0.encrypt_block(block.into());
    }

    fn decrypt(&self, block: &mut [u8; BLOCK_LEN]) {
        self.0.decrypt_block(block.into());
    }
}
