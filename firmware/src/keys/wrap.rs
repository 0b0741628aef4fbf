use super::material::Export;
use super::{blob::append, open_for};
use crate::crypto::rsa::{MAX_MODULUS_LEN, OaepHash as Padding, RsaKey, RsaPublic};
use crate::crypto::{Aes256, Crypto, CryptoError, Key256, Random, kwp, rsa_aes};
use crate::device::{Body, Vault};
use crate::platform::Platform;
use casemate_common::blob::Usage;
use casemate_common::command::{OaepHash, WrapScheme};
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;
use zeroize::Zeroizing;

/// What RSA-OAEP hid.
pub(crate) type Message = Zeroizing<heapless::Vec<u8, MAX_MODULUS_LEN>>;

/// A wrapped key; the longest is RSA-AES, of the longest key for the longest key.
type Wrapped = Zeroizing<heapless::Vec<u8, { MAX_MODULUS_LEN + kwp::wrapped_len(RsaKey::MAX_PKCS8_LEN) }>>;

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

/// Wraps a key with AES-KWP under a fresh key, and that with RSA-OAEP, and appends both to the answer.
pub(crate) fn wrap_rsa_aes<C: Crypto>(
    (recipient, hash): (&RsaPublic, OaepHash),
    export: &Export,
    random: &mut impl Random,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let target = answer.extend(rsa_aes::wrapped_len(recipient, export.len()))?;
    rsa_aes::wrap::<C>(recipient, padding(hash), export, random, target)?;
    Ok(())
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
    let mut buffer = Wrapped::default();
    append(&mut buffer, &[wrapped]).map_err(|_| ErrorCode::CiphertextInvalid)?;
    let random = &mut vault.rng;
    let message;
    let key = match scheme {
        WrapScheme::Kwp => {
            let cipher = <P::Crypto as Crypto>::Aes256::new(transport.secret()?);
            kwp::unwrap(&cipher, &mut buffer).map_err(unwrapped_badly)?
        }
        WrapScheme::RsaAes(hash) => {
            let key = transport.rsa()?;
            rsa_aes::unwrap::<P::Crypto>(key, padding(hash), random, &mut buffer).map_err(unwrapped_badly)?
        }
        WrapScheme::Oaep(hash) => {
            message = decipher::<P::Crypto>((transport.rsa()?, hash), wrapped, random)?;
            &message
        }
    };
    let mut export = Export::default();
    append(&mut export, &[key]).map_err(|_| ErrorCode::CiphertextInvalid)?;
    Ok(export)
}

/// Decrypts with RSA-OAEP.
///
/// # Errors
/// [`ErrorCode::CiphertextInvalid`] whatever is wrong with the ciphertext.
pub(crate) fn decipher<C: Crypto>(
    (key, hash): (&RsaKey, OaepHash),
    ciphertext: &[u8],
    random: &mut impl Random,
) -> Result<Message, ErrorCode> {
    let mut message = Message::default();
    message
        .resize(MAX_MODULUS_LEN, 0)
        .map_err(|_| ErrorCode::TooLarge)?;
    let len = key
        .decrypt_oaep::<C>(padding(hash), ciphertext, random, &mut message)
        .map_err(unwrapped_badly)?;
    message.truncate(len);
    Ok(message)
}

fn unwrapped_badly(error: CryptoError) -> ErrorCode {
    match error {
        CryptoError::Failed => ErrorCode::SelfTestFailed,
        _ => ErrorCode::CiphertextInvalid,
    }
}

const fn padding(hash: OaepHash) -> Padding {
    match hash {
        OaepHash::Sha1 => Padding::Sha1,
        OaepHash::Sha256 => Padding::Sha256,
    }
}
