use crate::crypto::Key256;
use crate::crypto::rsa::RsaPublic;
use crate::device::{Body, Vault};
use crate::flash::CounterId;
use crate::keys::{self, For, Key};
use crate::platform::Platform;
use casemate_common::blob::{KeyType, Origin, Usage};
use casemate_common::command::{KeyWrap, Recipient};
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;

pub(super) fn run<P: Platform>(
    KeyWrap {
        keyring,
        blob,
        recipient,
    }: KeyWrap<'_>,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let Key { attributes, material } = keys::open(vault, &keyring, blob)?;
    if !attributes.template.distributable() {
        return Err(ErrorCode::NotDistributable);
    }
    let export = material.export::<P::Crypto>()?;
    match recipient {
        Recipient::Kwp { key } => {
            let key = wrapping_key(vault, &keyring, key)?;
            keys::wrap_kwp::<P::Crypto>(&key, &export, answer)?;
        }
        Recipient::Oaep { hash, public } => {
            let public = approved(vault, public)?;
            keys::wrap_oaep::<P::Crypto>((&public, hash), &export, &mut vault.rng, answer)?;
        }
        Recipient::RsaAes { hash, public } => {
            let public = approved(vault, public)?;
            keys::wrap_rsa_aes::<P::Crypto>((&public, hash), &export, &mut vault.rng, answer)?;
        }
    }
    // Counted before the answer leaves: a cut may lose an export that was counted, never one that was not.
    vault.counters.increment(CounterId::Exports)?;
    Ok(())
}

/// A key of this device that may wrap keys, if the policy allows.
fn wrapping_key<P: Platform>(
    vault: &mut Vault<P>,
    keyring: &KeyringId,
    blob: &[u8],
) -> Result<Key256, ErrorCode> {
    let Key { attributes, material } = keys::open(vault, keyring, blob)?;
    attributes.template.permit(Usage::Wrap)?;
    let ours = attributes.origin == Origin::Generated && !attributes.template.distributable();
    vault
        .exports
        .permit(&if ours { For::Ourselves } else { For::Shared })?;
    material.secret().cloned()
}

/// The key of a recipient outside, if the policy allows.
fn approved<P: Platform>(vault: &mut Vault<P>, spki: &[u8]) -> Result<RsaPublic, ErrorCode> {
    vault.require_tested(KeyType::Rsa2048)?;
    let public = RsaPublic::from_spki(spki).map_err(|_| ErrorCode::RecipientInvalid)?;
    let fingerprint = keys::fingerprint::<P::Crypto>(spki);
    vault.exports.permit(&For::Public(&fingerprint))?;
    Ok(public)
}
