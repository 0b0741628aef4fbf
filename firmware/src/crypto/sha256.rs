use super::{DIGEST_LEN, Sha256};
use sha2::Digest;

/// SHA-256 in software.
#[derive(Default)]
pub struct SoftwareSha256(sha2::Sha256);

impl Sha256 for SoftwareSha256 {
    fn update(&mut self, input: &[u8]) {
        self.0.update(input);
    }

    fn finish(self) -> [u8; DIGEST_LEN] {
        self.0.finalize().into()
    }
}
