use super::Hash;
use sha2::digest::{Digest, Output};
use zeroize::Zeroize;

/// A hash in software. The states of RustCrypto's hashes are wiped when dropped.
#[derive(Clone, Default)]
pub struct SoftwareHash<D>(D);

impl<D: Digest + Clone + Default, const LEN: usize> Hash<LEN> for SoftwareHash<D>
where
    Output<D>: Into<[u8; LEN]> + Clone + Zeroize,
{
    fn update(&mut self, input: &[u8]) {
        self.0.update(input);
    }

    fn finish(self) -> [u8; LEN] {
        self.0.finalize().into()
    }
}
