use casemate_common::audit::{Entry, GENESIS_LABEL, HEAD_LEN};
use sha2::{Digest, Sha256};

/// What a device's chain begins with.
pub(super) fn genesis(device: &[u8; 16]) -> [u8; HEAD_LEN] {
    digest(&[GENESIS_LABEL, device])
}

/// The head behind an entry.
pub(super) fn next(head: &[u8; HEAD_LEN], entry: &Entry) -> [u8; HEAD_LEN] {
    digest(&[head, &entry.encode()])
}

fn digest(parts: &[&[u8]]) -> [u8; HEAD_LEN] {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}
