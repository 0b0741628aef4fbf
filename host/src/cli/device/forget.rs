//! `casemate device forget`: a device of a pool that is gone for good.

use super::{Failure, Target};
use crate::cli::print::object;
use crate::cli::serve::data_dir::DataDir;
use crate::hsm::pool::Ledger;
use casemate_common::keyring::KeyringId;
use clap::Args;
use serde_json::json;

#[derive(Debug, Args)]
pub(super) struct ForgetArgs {
    /// The id of the device, as `casemate device info` and the daemon's log show it
    #[arg(value_name = "ID")]
    id: String,
    /// Do it
    #[arg(long)]
    yes: bool,
}

/// Lets the pool wait no more for a device, and answers what is lost with it.
pub(super) fn forget(target: &Target, args: &ForgetArgs) -> Result<String, Failure> {
    let data = DataDir::open(&target.data)?;
    let mut ledger = Ledger::open(&data.pool())?;
    if !ledger.has(&args.id) {
        let known: Vec<_> = ledger.devices().collect();
        if known.is_empty() {
            return Err(format!(
                "{} holds no pool, so there is no device to forget: name the daemon's data directory by --data",
                target.data.display()
            )
            .into());
        }
        return Err(format!(
            "no device of this data directory's pool has the id {}; its devices are: {}",
            args.id,
            known.join(", ")
        )
        .into());
    }
    let lost = ledger.only_on(&args.id);
    let lost: Vec<String> = lost.iter().map(KeyringId::to_string).collect();
    if !args.yes {
        return Err(format!(
            "the pool will not wait for this device any more, and take it again only when it was erased; keyrings that no \
             other device is known to hold, and that are lost with it: {}; say --yes to do it",
            lost.len()
        )
        .into());
    }
    ledger.forget(&args.id)?;
    let said = json!({ "forgotten": args.id, "lost_keyrings": lost });
    Ok(object(target.json, &said))
}
