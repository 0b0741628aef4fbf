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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Aes256Gcm, SoftwareAes256, SoftwareAes256Gcm};
    use casemate_common::record::vectors::XAES;
    use shake::{ExtendableOutput, Shake128, Update, XofReader};
    use std::vec;
    use std::vec::Vec;

    /// XAES-256-GCM whole, as C2SP specifies it.
    fn encrypt(
        key: Key256,
        salt: &[u8; 12],
        nonce: &[u8; 12],
        associated: &[u8],
        plaintext: &[u8],
    ) -> Vec<u8> {
        let derived = XaesKey::<SoftwareAes256>::new(&key).derive(salt);
        let mut data = plaintext.to_vec();
        let gcm = SoftwareAes256Gcm::new(&derived);
        let tag = gcm.seal(nonce, associated, &mut data).unwrap();
        data.extend(tag);
        data
    }

    #[test]
    fn single_vectors() {
        for vector in XAES {
            let key = Key256::new(vector.key);
            let sealed = encrypt(
                key,
                &vector.salt,
                &vector.nonce,
                vector.associated,
                vector.plaintext,
            );
            assert_eq!(sealed, vector.ciphertext);
        }
    }

    /// "Accumulated randomized tests": the hash over 10,000 ciphertexts of inputs from SHAKE-128.
    #[test]
    fn accumulated_vectors() {
        const HASH: &str = "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939";
        let mut random = Shake128::default().finalize_xof();
        let mut hash = Shake128::default();
        for _ in 0..10_000 {
            let (mut key, mut salt, mut nonce) = ([0; 32], [0; 12], [0; 12]);
            random.read(&mut key);
            random.read(&mut salt);
            random.read(&mut nonce);
            let [plaintext, associated] = [(); 2].map(|()| {
                let mut len = [0];
                random.read(&mut len);
                let mut bytes = vec![0; usize::from(len[0])];
                random.read(&mut bytes);
                bytes
            });
            hash.update(&encrypt(Key256::new(key), &salt, &nonce, &associated, &plaintext));
        }
        let mut digest = [0; 32];
        hash.finalize_xof_into(&mut digest);
        let hex: std::string::String = digest.iter().map(|byte| std::format!("{byte:02x}")).collect();
        assert_eq!(hex, HASH);
    }
}
