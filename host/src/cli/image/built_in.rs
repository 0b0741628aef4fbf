//! The key that a program for a board has in it: whose images it takes, or as a first stage starts.

use casemate_common::image::Signer as KeyName;
use sha2::{Digest, Sha256};

/// An uncompressed point of P-256, and its first byte (SEC 1, section 2.3.3).
const POINT_LEN: usize = 65;
const UNCOMPRESSED: u8 = 0x04;

/// Whether a program has the public key with this name in it.
pub(in crate::cli) fn holds_key(program: &[u8], name: KeyName) -> bool {
    let points = program
        .windows(POINT_LEN)
        .filter(|window| window.starts_with(&[UNCOMPRESSED]));
    points.map(Sha256::digest).any(|digest| *digest == name.0[..])
}

/// Looks whether an image was built for the key that signs it. One that was not would start and serve, and take only what
/// its own key has signed, which the first stage never starts: the device could not be updated any more.
///
/// # Errors
/// A sentence that says so, and how to build it.
pub(in crate::cli) fn built_for(signer: KeyName, image: &[u8]) -> Result<(), String> {
    if holds_key(image, signer) {
        return Ok(());
    }
    Err(format!(
        "this image was not built for the key {signer} that signs it, and no device that ran it could be updated again: \
         build it anew with CASEMATE_IMAGE_KEY set to that key's public half in DER (for the development key, not set)"
    ))
}
