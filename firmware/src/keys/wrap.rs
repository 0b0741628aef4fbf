use super::material::Export;
use super::{blob::append, open_for};
use crate::crypto::rsa::{MAX_MODULUS_LEN, OaepHash as Padding, RsaKey, RsaPublic};
use crate::crypto::{Aes256, Crypto, CryptoError, Key256, Random, kwp};
use crate::device::{Body, Vault};
use crate::platform::Platform;
use casemate_common::blob::Usage;
use casemate_common::command::{OaepHash, WrapScheme};
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;
use zeroize::Zeroizing;

/// Wraps a key with AES-KWP and appends it to the answer.
pub(crate) fn wrap_kwp<C: Crypto>(
    key: &Key256,
    export: &Export,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let target = answer.extend(kwp::wrapped_len(export.len()))?;
    kwp::wrap(&C::Aes256::new(key), export, target)?;
    Ok(())
}

/// Wraps a key with RSA-OAEP alone and appends it to the answer.
///
/// # Errors
/// [`ErrorCode::RecipientInvalid`] when it does not fit the recipient's key.
pub(crate) fn wrap_oaep<C: Crypto>(
    (recipient, hash): (&RsaPublic, OaepHash),
    message: &[u8],
    random: &mut impl Random,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let target = answer.extend(recipient.modulus_len())?;
    match recipient.encrypt_oaep::<C>(padding(hash), message, random, target) {
        Ok(_) => Ok(()),
        Err(CryptoError::TooLong) => Err(ErrorCode::RecipientInvalid),
        Err(error) => Err(error.into()),
    }
}

/// Wraps a key with AES-KWP under a fresh key, and that with RSA-OAEP: `RSA-OAEP(fresh) ‖ AES-KWP(key)`.
pub(crate) fn wrap_rsa_aes<C: Crypto>(
    recipient: (&RsaPublic, OaepHash),
    export: &Export,
    random: &mut impl Random,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let mut between = Key256::zero();
    random.fill(between.as_mut_bytes())?;
    wrap_oaep::<C>(recipient, between.as_bytes(), random, answer)?;
    wrap_kwp::<C>(&between, export, answer)
}

/// Unwraps a key with a transport key of this device.
///
/// # Errors
/// [`ErrorCode::CiphertextInvalid`] whatever is wrong with `wrapped`.
pub(crate) fn unwrap<P: Platform>(
    vault: &mut Vault<P>,
    (keyring, transport): (&KeyringId, &[u8]),
    scheme: WrapScheme,
    wrapped: &[u8],
) -> Result<Export, ErrorCode> {
    let transport = open_for(vault, keyring, transport, Usage::Unwrap)?;
    let random = &mut vault.rng;
    match scheme {
        WrapScheme::Kwp => unwrap_kwp::<P::Crypto>(transport.secret()?, wrapped),
        WrapScheme::Oaep(hash) => {
            let message = decipher::<P::Crypto>((transport.rsa()?, hash), wrapped, random)?;
            let mut export = Export::default();
            append(&mut export, &[&message])?;
            Ok(export)
        }
        WrapScheme::RsaAes(hash) => {
            let key = transport.rsa()?;
            let (head, body) = wrapped
                .split_at_checked(key.size().modulus_len())
                .ok_or(ErrorCode::CiphertextInvalid)?;
            let between = decipher::<P::Crypto>((key, hash), head, random)?;
            let between = Key256::new(
                between
                    .as_slice()
                    .try_into()
                    .map_err(|_| ErrorCode::CiphertextInvalid)?,
            );
            unwrap_kwp::<P::Crypto>(&between, body)
        }
    }
}

/// Decrypts with RSA-OAEP.
///
/// # Errors
/// [`ErrorCode::CiphertextInvalid`] whatever is wrong with the ciphertext.
pub(crate) fn decipher<C: Crypto>(
    (key, hash): (&RsaKey, OaepHash),
    ciphertext: &[u8],
    random: &mut impl Random,
) -> Result<Zeroizing<heapless::Vec<u8, MAX_MODULUS_LEN>>, ErrorCode> {
    let mut message = Zeroizing::new(heapless::Vec::new());
    message
        .resize(MAX_MODULUS_LEN, 0)
        .map_err(|_| ErrorCode::TooLarge)?;
    let len = key
        .decrypt_oaep::<C>(padding(hash), ciphertext, random, &mut message)
        .map_err(|error| match error {
            CryptoError::Failed => ErrorCode::SelfTestFailed,
            _ => ErrorCode::CiphertextInvalid,
        })?;
    message.truncate(len);
    Ok(message)
}

fn unwrap_kwp<C: Crypto>(key: &Key256, wrapped: &[u8]) -> Result<Export, ErrorCode> {
    // A semiblock longer than the longest key: what is unwrapped in place has its head in front.
    let mut buffer = Zeroizing::new(heapless::Vec::<u8, { RsaKey::MAX_PKCS8_LEN + 16 }>::new());
    append(&mut buffer, &[wrapped]).map_err(|_| ErrorCode::CiphertextInvalid)?;
    let key = kwp::unwrap(&C::Aes256::new(key), &mut buffer).map_err(|_| ErrorCode::CiphertextInvalid)?;
    let mut export = Export::default();
    append(&mut export, &[key]).map_err(|_| ErrorCode::CiphertextInvalid)?;
    Ok(export)
}

const fn padding(hash: OaepHash) -> Padding {
    match hash {
        OaepHash::Sha1 => Padding::Sha1,
        OaepHash::Sha256 => Padding::Sha256,
    }
}
