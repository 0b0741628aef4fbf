use super::open::{ask, plausible};
use super::roles::host_name;
use super::{Failure, Target};
use crate::cli::files;
use crate::cli::print::done;
use casemate_common::command::{DeviceState, MIN_PIN, PinLimits};
use clap::{Args, value_parser};
use zeroize::Zeroizing;

/// `casemate device init`
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// What the device calls this host
    #[arg(long, default_value = "first host", value_parser = host_name)]
    name: String,
    /// Wrong PINs in a row until the device locks for a quarter of an hour; 1 to 100
    #[arg(long, default_value_t = PinLimits::DEFAULT.tries, value_parser = value_parser!(u8).range(1..=100))]
    tries: u8,
    /// Lock-outs in a row until it erases itself; 1 to 100
    #[arg(long, default_value_t = PinLimits::DEFAULT.lockouts, value_parser = value_parser!(u8).range(1..=100))]
    lockouts: u8,
}

/// Takes the device into service.
pub(super) async fn init(target: &Target, args: &InitArgs) -> Result<String, Failure> {
    let opened = target.open()?;
    if opened.hsm.device_status().await?.state != DeviceState::Uninitialised {
        return Err(
            "the device is initialised already; `casemate device info` shows what this host may do".into(),
        );
    }
    let pin = new_pin(target, opened.data().read("officer-pin")?)?;
    let limits = PinLimits {
        tries: args.tries,
        lockouts: args.lockouts,
    };
    opened.hsm.initialise(&pin, limits, &args.name).await?;
    let said = "initialised: this host is officer, operator and auditor";
    Ok(done(target.json, "initialised", said))
}

fn new_pin(target: &Target, made_up: Option<Zeroizing<String>>) -> Result<Zeroizing<String>, Failure> {
    match (&target.pin_file, made_up) {
        (Some(path), _) => plausible(files::secret(path)?),
        (None, Some(pin)) => plausible(pin),
        (None, None) => twice(),
    }
}

/// A new PIN, typed twice so that a slip locks nobody out.
pub(super) fn twice() -> Result<Zeroizing<String>, Failure> {
    let pin = plausible(ask(&format!("new officer PIN, at least {MIN_PIN} characters: "))?)?;
    if *ask("the same again: ")? != *pin {
        return Err("the two are not the same".into());
    }
    Ok(pin)
}
