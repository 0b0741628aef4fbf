use super::{Material, open_for};
use crate::crypto::{Digest, HashAlgorithm};
use crate::device::{Body, Vault};
use crate::platform::Platform;
use casemate_common::blob::Usage;
use casemate_common::command::{SignatureHash, SignatureScheme};
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;

/// Signs a digest and appends the signature to the answer.
///
/// # Errors
/// [`ErrorCode::KeyInvalid`], [`ErrorCode::UsageForbidden`], or [`ErrorCode::UnsupportedAlgorithm`] when the key's type
/// and the scheme don't fit.
pub(crate) fn sign<P: Platform>(
    vault: &mut Vault<P>,
    keyring: &KeyringId,
    blob: &[u8],
    scheme: SignatureScheme,
    digest: &Digest,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    match (open_for(vault, keyring, blob, Usage::Sign)?, scheme) {
        (Material::Ec(key), SignatureScheme::Ecdsa(_)) => {
            let signature = key.sign::<P::Crypto>(digest, &mut vault.rng)?;
            answer.append(signature.as_bytes())?;
            Ok(())
        }
        _ => Err(ErrorCode::UnsupportedAlgorithm),
    }
}

/// The algorithm of a scheme's hash.
pub(crate) const fn hash_of(scheme: SignatureScheme) -> HashAlgorithm {
    match scheme.hash() {
        SignatureHash::Sha256 => HashAlgorithm::Sha256,
        SignatureHash::Sha384 => HashAlgorithm::Sha384,
        SignatureHash::Sha512 => HashAlgorithm::Sha512,
    }
}
