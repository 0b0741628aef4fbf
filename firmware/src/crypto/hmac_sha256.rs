use super::{HmacSha256, Key256, MacStream};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

/// SHA-256's block, to which HMAC pads its key with zeros; it hashes a longer one (RFC 2104, section 2).
const HASH_BLOCK_LEN: usize = 64;

/// HMAC-SHA-256 in software; keeps the two states that follow from the key, which saves half the work of short inputs.
pub struct SoftwareHmacSha256(Hmac<Sha256>);

impl HmacSha256 for SoftwareHmacSha256 {
    type Stream = SoftwareMacStream;

    fn keyed(key: &[u8]) -> Self {
        if key.len() <= HASH_BLOCK_LEN {
            return Self::padded(key);
        }
        let digest: Zeroizing<[u8; 32]> = Zeroizing::new(Sha256::digest(key).into());
        Self::padded(&*digest)
    }

    fn begin(&self) -> SoftwareMacStream {
        SoftwareMacStream(self.0.clone())
    }
}

impl SoftwareHmacSha256 {
    /// With a key that fits a block.
    fn padded(key: &[u8]) -> Self {
        let mut padded = Zeroizing::new([0; HASH_BLOCK_LEN]);
        padded
            .iter_mut()
            .zip(key)
            .for_each(|(target, byte)| *target = *byte);
        Self(Hmac::new((&*padded).into()))
    }
}

/// A code in the making.
#[derive(Clone)]
pub struct SoftwareMacStream(Hmac<Sha256>);

impl MacStream for SoftwareMacStream {
    fn update(&mut self, input: &[u8]) {
        self.0.update(input);
    }

    fn finish(self) -> Key256 {
        let mut code: [u8; Key256::LEN] = self.0.finalize().into_bytes().into();
        let key = Key256::new(code);
        code.zeroize();
        key
    }
}
