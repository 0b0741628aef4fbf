//! `casemate device`: pair with a device, take it into service, govern it.
//!
//! These commands talk to the device themselves, so no daemon may use it meanwhile: the data directory's lock says so.

mod attest;
mod bench;
mod forget;
mod info;
mod init;
mod join;
mod key;
mod keyring;
mod open;
mod pair;
mod pin;
mod provision;
mod restart;
mod roles;
mod update;

pub(super) use keyring::identifier as keyring_id;
pub(super) use open::Reached;

use super::interrupt;
use super::print::{done, run_on};
use crate::config::DEFAULT_DATA;
use crate::hsm::Address;
use crate::hsm::pool::Ledger;
use casemate_common::command::DeviceState;
use clap::{Args, Subcommand};
use std::error::Error;
use std::path::{Path, PathBuf};

type Failure = Box<dyn Error + Send + Sync>;

/// `casemate device …`
#[derive(Debug, Args)]
pub(super) struct DeviceArgs {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    action: Action,
}

/// Which device, and as whom.
#[derive(Debug, Args)]
struct Target {
    /// The device: sim:, usb:, serial:/dev/ttyACM0, tcp:host:port or unix:/path
    #[arg(
        id = "governed",
        long = "device",
        value_name = "ADDRESS",
        env = "CASEMATE_DEVICE",
        default_value = "sim:",
        global = true
    )]
    device: Address,
    /// Directory with this host's key and the keys of the devices that it trusts
    #[arg(long, value_name = "DIR", env = "CASEMATE_DATA", default_value = DEFAULT_DATA, global = true)]
    data: PathBuf,
    /// File that holds the officer PIN; asked for when there is none and the data directory holds none either
    #[arg(long, value_name = "FILE", global = true)]
    pin_file: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show what the device says of itself and of this host
    Info,
    /// Trust a device, after comparing its fingerprint
    Pair(pair::PairArgs),
    /// Take a new device into service: this host becomes its officer, operator and auditor
    Init(init::InitArgs),
    /// Let a device join the security domain of another, so that both serve the same keyrings
    Join(join::JoinArgs),
    /// Wait no more for a device of a pool that is gone for good
    Forget(forget::ForgetArgs),
    /// List, enrol and revoke hosts
    Roles(roles::RolesArgs),
    /// Change or try the officer PIN
    Pin(pin::PinArgs),
    /// Make, list and destroy keyrings
    #[command(subcommand)]
    Keyring(keyring::KeyringAction),
    /// Make, bring in, use and wrap keys, which live as blobs in files
    Key(key::KeyArgs),
    /// Have the device state, signed, what a key is and that it came into being here
    Attest(attest::AttestArgs),
    /// Erase everything that the device holds: every key is lost for good
    Reset {
        /// Do it
        #[arg(long)]
        yes: bool,
    },
    /// Give a real board what can't be undone: its root secret, its read-out protection
    Provision(provision::ProvisionArgs),
    /// Start the device anew
    Restart,
    /// Show which firmware runs, or bring the device another that is signed
    Update(update::UpdateArgs),
    /// Measure what seal and open cost, and how they use the device's line
    Bench(bench::BenchArgs),
    /// Let the device test its algorithms against known answers
    Selftest,
}

pub(super) fn run(args: &DeviceArgs) -> Result<(), Failure> {
    run_on(act(args))
}

/// Does it, and answers what to print.
pub(super) async fn act(DeviceArgs { target, action }: &DeviceArgs) -> Result<String, Failure> {
    match action {
        Action::Info => info::show(target).await,
        Action::Pair(args) => pair::pair(target, args).await,
        Action::Init(args) => init::init(target, args).await,
        Action::Join(args) => join::join(target, args).await,
        Action::Forget(args) => forget::forget(target, args),
        Action::Roles(args) => roles::act(target, args).await,
        Action::Pin(args) => pin::act(target, args).await,
        Action::Keyring(action) => keyring::act(target, action).await,
        Action::Key(args) => key::act(target, args).await,
        Action::Attest(args) => attest::attest(target, args).await,
        Action::Reset { yes } => reset(target, *yes).await,
        Action::Provision(args) => provision::provision(target, args).await,
        Action::Restart => restart::restart(target).await,
        Action::Update(args) => {
            interrupt::leaves(
                "an update that was not complete changes nothing, and what started before starts again: do it anew",
            );
            update::update(target, args).await
        }
        Action::Bench(args) => bench::bench(target, args).await,
        Action::Selftest => {
            target.open()?.hsm.self_test().await?;
            Ok(done(
                target.json,
                "tested",
                "every algorithm gave its known answers",
            ))
        }
    }
}

/// What the device at this address says of itself, to the host whose directory this is.
pub(super) async fn info_of(address: &str, data: &Path) -> Result<String, Failure> {
    info::show(&Target::new(address.parse()?, data)).await
}

/// The device or token at this address, for the host whose directory this is.
pub(super) fn reach(address: &Address, data: &Path) -> Result<Reached, Failure> {
    Target::new(address.clone(), data).reach()
}

impl Target {
    fn new(device: Address, data: &Path) -> Self {
        Self {
            device,
            data: data.to_owned(),
            pin_file: None,
            json: false,
        }
    }
}

async fn reset(target: &Target, yes: bool) -> Result<String, Failure> {
    if !yes {
        return Err("this erases every key of the device for good; say --yes to do it".into());
    }
    let opened = target.open()?;
    let status = opened.hsm.device_status().await?;
    if status.state != DeviceState::Locked {
        opened.verify_pin(target).await?;
    }
    opened.hsm.reset().await?;
    let mut ledger = Ledger::open(&opened.data().pool())?;
    let device = hex::encode(status.device_id);
    if ledger.has(&device) {
        ledger.forget(&device)?;
    }
    let said = "erased: the device is as it left the factory, and keeps its identity";
    Ok(done(target.json, "erased", said))
}
