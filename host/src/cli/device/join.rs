//! The ceremony by which a device comes into the security domain of another.

use super::open::{ask, plausible, verify};
use super::{Failure, Target};
use crate::cli::files;
use crate::cli::print::object;
use crate::cli::serve::data_dir::DataDir;
use crate::hsm::Address;
use crate::hsm::device::{DeviceStatus, fingerprint};
use clap::Args;
use serde_json::json;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// `casemate device join`
#[derive(Debug, Args)]
pub(super) struct JoinArgs {
    /// The device that joins; the other one, --device, is in the domain already or begins it
    #[arg(long, value_name = "ADDRESS")]
    joiner: Address,
    /// File that holds the joining device's officer PIN
    #[arg(long, value_name = "FILE")]
    joiner_pin_file: Option<PathBuf>,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
}

/// Lets one device join the other's security domain: from then on either serves any keyring of the other.
pub(super) async fn join(target: &Target, args: &JoinArgs) -> Result<String, Failure> {
    if target.device == args.joiner {
        return Err("a device can't join itself: name another one with --joiner".into());
    }
    let (member, joiner) = target.open_with(&args.joiner)?;
    let (member_is, joiner_is) = (member.hsm.device_status().await?, joiner.device_status().await?);
    if member_is.device_id == joiner_is.device_id {
        return Err("both addresses lead to the same device".into());
    }
    if !args.yes {
        confirm(&member_is, &joiner_is)?;
    }
    let member_pin = member.pin(target, "officer PIN: ").await?;
    let joiner_pin = joiner_pin(args, member.data())?;
    verify(&member.hsm, &member_pin).await?;
    verify(&joiner, &joiner_pin).await?;
    let offer = joiner.offer().await?;
    let share = member.hsm.share_domain(joiner_is.identity, offer).await?;
    let domain = joiner.join_domain(member_is.identity, &share).await?;
    let member = fingerprint(&member_is.identity).to_string();
    let joiner = fingerprint(&joiner_is.identity).to_string();
    Ok(if target.json {
        object(
            true,
            &json!({"domain": domain.to_string(), "member": member, "joiner": joiner}),
        )
    } else {
        format!("{joiner} has joined {member} in the security domain {domain}\n")
    })
}

/// The joining device's PIN: from its file; for a simulator from the data directory; or whoever sits there. The member's
/// is another one, and would count as a wrong try.
fn joiner_pin(args: &JoinArgs, data: &DataDir) -> Result<Zeroizing<String>, Failure> {
    let prompt = "officer PIN of the joining device: ";
    if let Some(path) = &args.joiner_pin_file {
        return plausible(files::secret(path)?);
    }
    let made_up = match &args.joiner {
        Address::Sim(_) => data.read("officer-pin")?,
        _ => None,
    };
    match made_up {
        Some(pin) => plausible(pin),
        None => plausible(ask(prompt)?),
    }
}

fn confirm(member: &DeviceStatus, joiner: &DeviceStatus) -> Result<(), Failure> {
    let (member, joiner) = (fingerprint(&member.identity), fingerprint(&joiner.identity));
    let what = format!(
        "The device with the fingerprint {joiner} will hold every key of the device with the fingerprint {member}, and \
         the other way round, whenever a daemon serves on both."
    );
    if !io::stdin().is_terminal() {
        return Err(format!("{what} Compare them with the devices' own and say --yes").into());
    }
    eprint!("{what}\nAre those the devices (yes/no)? ");
    io::stderr().flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    match line.trim() {
        "yes" => Ok(()),
        _ => Err("not joined".into()),
    }
}
