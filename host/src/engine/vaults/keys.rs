//! Keys of vaults' rows.
//!
//! ```text
//! vault/row/ ‖ vault (12 bytes)                     a vault
//! vault/secret/ ‖ vault (12) ‖ secret (12)          a secret, without its values
//! vault/home/ ‖ secret (12)                         the vault that a secret is in
//! vault/remote/ ‖ vault (12) ‖ remote identifier    the secret that has it
//! vault/version/ ‖ version (12)                     secret (12) ‖ number (4 bytes, BE)
//! ```

use super::{ObjectId, SecretId, VaultId, VersionId};
use crate::engine::EngineError;

pub(super) const VAULTS: &[u8] = b"vault/row/";
pub(super) const SECRETS: &[u8] = b"vault/secret/";

pub(super) fn vault(id: VaultId) -> Vec<u8> {
    [VAULTS, id.as_bytes()].concat()
}

/// What the keys of a vault's secrets start with.
pub(super) fn secrets(vault: VaultId) -> Vec<u8> {
    [SECRETS, vault.as_bytes()].concat()
}

pub(super) fn secret(vault: VaultId, id: SecretId) -> Vec<u8> {
    [SECRETS, vault.as_bytes(), id.as_bytes()].concat()
}

pub(super) fn home(secret: SecretId) -> Vec<u8> {
    [b"vault/home/", secret.as_bytes().as_slice()].concat()
}

pub(super) fn remote(vault: VaultId, remote_id: &str) -> Vec<u8> {
    [
        b"vault/remote/",
        vault.as_bytes().as_slice(),
        remote_id.as_bytes(),
    ]
    .concat()
}

pub(super) fn version(id: VersionId) -> Vec<u8> {
    [b"vault/version/", id.as_bytes().as_slice()].concat()
}

/// What a version's row holds.
pub(super) fn numbered(secret: SecretId, number: u32) -> Vec<u8> {
    [secret.as_bytes().as_slice(), &number.to_be_bytes()].concat()
}

/// The vault in a row of [`home`].
pub(super) fn parse_home(row: &[u8]) -> Result<VaultId, EngineError> {
    identifier(row).map(VaultId)
}

/// Secret and number in a version's row.
pub(super) fn parse_numbered(row: &[u8]) -> Result<(SecretId, u32), EngineError> {
    let (id, number) = row.split_at_checked(ObjectId::LEN).ok_or_else(damaged)?;
    let number = number.try_into().map_err(|_| damaged())?;
    Ok((SecretId(identifier(id)?), u32::from_be_bytes(number)))
}

fn identifier(bytes: &[u8]) -> Result<ObjectId, EngineError> {
    hex::encode(bytes).parse().map_err(|_| damaged())
}

fn damaged() -> EngineError {
    EngineError::Damaged("a row that leads to a vault's secret".into())
}
