//! `casemate device keyring`: what keys and records are sealed under.

use super::open::Reached;
use super::{Failure, Target};
use crate::cli::print::object;
use crate::hsm::pool::Ledger;
use casemate_common::keyring::KeyringId;
use clap::Subcommand;
use serde_json::json;
use std::fmt::Write;

#[derive(Debug, Subcommand)]
pub(super) enum KeyringAction {
    /// Make a keyring and print its identifier
    Create,
    /// Print the identifiers of all keyrings
    List,
    /// Destroy a keyring, and for good everything that was sealed under it, in every backup too
    Destroy {
        /// Its identifier
        #[arg(value_parser = identifier)]
        keyring: KeyringId,
        /// Only on this device of a pool: the others keep theirs and give it to this one again
        #[arg(long)]
        only_here: bool,
        /// Do it
        #[arg(long)]
        yes: bool,
    },
}

pub(super) async fn act(target: &Target, action: &KeyringAction) -> Result<String, Failure> {
    let reached = target.reach()?;
    let hsm = &reached.hsm;
    match action {
        KeyringAction::Create => {
            let random = hsm.random(KeyringId::LEN).await?;
            let id = KeyringId::new(random.as_slice().try_into()?);
            hsm.create_keyring(id).await?;
            Ok(shown(target, "keyring", &id.to_string()))
        }
        KeyringAction::List => {
            let ids = hsm.list_keyrings().await?;
            let ids: Vec<String> = ids.iter().map(KeyringId::to_string).collect();
            if target.json {
                return Ok(format!("{:#}\n", json!({ "keyrings": ids })));
            }
            let mut lines = String::new();
            for id in ids {
                writeln!(lines, "{id}")?;
            }
            Ok(lines)
        }
        KeyringAction::Destroy { yes: false, .. } => {
            Err("this destroys every key and record under the keyring for good; say --yes to do it".into())
        }
        KeyringAction::Destroy {
            keyring, only_here, ..
        } => destroy(target, &reached, *keyring, *only_here).await,
    }
}

/// Destroys a keyring of a device and, where that is of a pool, sees to it that the others do before they serve again.
async fn destroy(
    target: &Target,
    reached: &Reached,
    keyring: KeyringId,
    only_here: bool,
) -> Result<String, Failure> {
    let hsm = &reached.hsm;
    let mut ledger = Ledger::open(&reached.data.pool())?;
    let device = hsm.info().await?.id;
    let is_pooled = ledger.has(&device);
    let others_may_have_it = is_pooled
        && !only_here
        && (ledger.holders(keyring).next().is_some() || hsm.list_keyrings().await?.contains(&keyring));
    if others_may_have_it {
        ledger.doom(keyring)?;
    }
    let existed = hsm.destroy_keyring(keyring).await?;
    if is_pooled {
        ledger.destroyed(keyring, &[device])?;
    }
    if !existed && !others_may_have_it {
        return Err("the device has no such keyring".into());
    }
    let waits_for: Vec<_> = ledger.holds_out(keyring).collect();
    let said = json!({ "destroyed": keyring.to_string(), "waits_for": waits_for });
    Ok(object(target.json, &said))
}

fn shown(target: &Target, name: &str, value: &str) -> String {
    object(target.json, &json!({ name: value }))
}

/// 32 hex digits.
pub(in crate::cli) fn identifier(text: &str) -> Result<KeyringId, String> {
    let mut bytes = [0; KeyringId::LEN];
    hex::decode_to_slice(text.replace('-', ""), &mut bytes)
        .map_err(|_| "a keyring is named by 32 hex digits".to_owned())?;
    Ok(KeyringId::new(bytes))
}
