use super::init::twice;
use super::open::{counted, plausible};
use super::{Failure, Target};
use crate::cli::files;
use crate::cli::print::done;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `casemate device pin …`
#[derive(Debug, Args)]
pub(super) struct PinArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Ask the device whether the officer PIN is right; a wrong one counts as a try
    Verify,
    /// Change the officer PIN
    Change {
        /// File that holds the new one; asked for otherwise
        #[arg(long, value_name = "FILE")]
        new_pin_file: Option<PathBuf>,
    },
}

pub(super) async fn act(target: &Target, PinArgs { action }: &PinArgs) -> Result<String, Failure> {
    let opened = target.open()?;
    match action {
        Action::Verify => {
            opened.verify_pin(target).await?;
            Ok(done(target.json, "verified", "the PIN is right"))
        }
        Action::Change { new_pin_file } => {
            let old = opened.pin(target, "present officer PIN: ").await?;
            let made_up = target.pin_file.is_none() && opened.data().read("officer-pin")?.is_some();
            let new = match new_pin_file {
                Some(path) => plausible(files::secret(path)?)?,
                None => twice()?,
            };
            let changed = opened.hsm.change_pin(&old, &new).await;
            counted(&opened.hsm, changed).await?;
            if made_up {
                // It holds the old one, which is worth nothing any more.
                opened.data().remove("officer-pin")?;
            }
            Ok(done(target.json, "changed", "changed"))
        }
    }
}
