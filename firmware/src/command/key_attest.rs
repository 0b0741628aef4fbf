use crate::device::{Body, Vault};
use crate::keys;
use crate::platform::Platform;
use casemate_common::attestation::Statement;
use casemate_common::command::KeyAttest;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    KeyAttest {
        keyring,
        blob,
        challenge,
    }: KeyAttest<'_>,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let (attributes, spki) = keys::describe(vault, &keyring, blob)?;
    let statement = Statement {
        device: vault.identity.device_id,
        attributes,
        public_key: keys::fingerprint::<P::Crypto>(&spki),
        challenge,
    };
    answer.encode(&attributes)?;
    vault
        .identity
        .sign::<P::Crypto>(&statement.encode(), &mut vault.rng, answer)?;
    answer.append(&spki)?;
    Ok(())
}
