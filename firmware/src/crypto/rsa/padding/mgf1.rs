use crate::crypto::Hash;
use zeroize::Zeroize;

/// XORs the mask of MGF1 (RFC 8017 appendix B.2.1) into `data`.
pub(super) fn mask<H: Hash<LEN>, const LEN: usize>(seed: &[u8], data: &mut [u8]) {
    for (counter, piece) in (0_u32..).zip(data.chunks_mut(LEN)) {
        let mut hash = H::default();
        hash.update(seed);
        hash.update(&counter.to_be_bytes());
        let mut mask = hash.finish();
        piece.iter_mut().zip(&mask).for_each(|(byte, mask)| *byte ^= mask);
        mask.zeroize();
    }
}
