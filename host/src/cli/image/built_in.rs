//! The key that a program for a board has in it: whose images it takes, or as a first stage starts.

use super::signer::PublicPoint;
use casemate_common::image::Signer as KeyName;

/// Whether a program has the public key with this name in it.
pub(in crate::cli) fn holds_key(program: &[u8], name: KeyName) -> bool {
    PublicPoint::named(program, name).is_some()
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
