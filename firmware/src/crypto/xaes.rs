use super::{Aes256, BLOCK_LEN, Key256};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of the nonce that the derived key depends on.
const SALT_LEN: usize = 12;

/// A key of XAES-256-GCM (C2SP, `XAES-256-GCM.md`) made ready: AES-256 expanded, and the CMAC subkey K1.
pub struct XaesKey<A> {
    cipher: A,
    subkey: Zeroizing<[u8; BLOCK_LEN]>,
}

impl<A: Aes256> XaesKey<A> {
    /// Makes a key ready: steps 1 and 2 of the specification's algorithm.
    pub fn new(key: &Key256) -> Self {
        let cipher = A::new(key);
        let mut blocks = Zeroizing::new([[0; BLOCK_LEN]; 2]);
        cipher.encrypt_pair(&mut blocks);
        let [block, _] = *blocks;
        let subkey = Zeroizing::new(doubled(u128::from_be_bytes(block)).to_be_bytes());
        Self { cipher, subkey }
    }

    /// The AES-256-GCM key for the nonces that begin with `salt`: steps 3 to 5.
    pub fn derive(&self, salt: &[u8; SALT_LEN]) -> Key256 {
        let mut blocks = [self.masked(1, salt), self.masked(2, salt)];
        self.cipher.encrypt_pair(&mut blocks);
        let mut key = Key256::zero();
        key.as_mut_bytes()
            .iter_mut()
            .zip(blocks.as_flattened())
            .for_each(|(target, byte)| *target = *byte);
        blocks.zeroize();
        key
    }

    /// The message with this counter, XORed with K1.
    fn masked(&self, counter: u8, salt: &[u8; SALT_LEN]) -> [u8; BLOCK_LEN] {
        let mut block = *self.subkey;
        let message = [0, counter, b'X', 0].into_iter().chain(*salt);
        block
            .iter_mut()
            .zip(message)
            .for_each(|(byte, mask)| *byte ^= mask);
        block
    }
}

/// Doubling in GF(2^128) as CMAC defines it (NIST SP 800-38B, section 6.1), without a branch on the secret.
const fn doubled(block: u128) -> u128 {
    let carry = block >> 127;
    (block << 1) ^ (carry.wrapping_neg() & 0x87)
}
