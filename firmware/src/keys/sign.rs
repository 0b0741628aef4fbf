use super::{Material, open_for};
use crate::crypto::rsa::MAX_MODULUS_LEN;
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
    let material = open_for(vault, keyring, blob, Usage::Sign)?;
    let random = &mut vault.rng;
    let mut signature = [0; MAX_MODULUS_LEN];
    let len = match (&material, scheme) {
        (Material::Ec(key), SignatureScheme::Ecdsa(_)) => {
            answer.append(key.sign::<P::Crypto>(digest, random)?.as_bytes())?;
            return Ok(());
        }
        (Material::Rsa(key), SignatureScheme::RsaPkcs1(_)) => {
            key.sign_pkcs1::<P::Crypto>(digest, random, &mut signature)?
        }
        (Material::Rsa(key), SignatureScheme::RsaPss(_)) => {
            key.sign_pss::<P::Crypto>(digest, random, &mut signature)?
        }
        _ => return Err(ErrorCode::UnsupportedAlgorithm),
    };
    answer.append(signature.get(..len).unwrap_or_default())?;
    Ok(())
}

/// The algorithm of a scheme's hash.
pub(crate) const fn hash_of(scheme: SignatureScheme) -> HashAlgorithm {
    match scheme.hash() {
        SignatureHash::Sha256 => HashAlgorithm::Sha256,
        SignatureHash::Sha384 => HashAlgorithm::Sha384,
        SignatureHash::Sha512 => HashAlgorithm::Sha512,
    }
}
