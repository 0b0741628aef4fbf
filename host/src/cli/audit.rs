//! `casemate audit`: the device's log, taken and verified.

use super::device;
use super::exit::InFile;
use super::hexadecimal::{IdentityKey, challenge, or_random};
use super::print::run_on;
use super::serve::data_dir::DataDirError;
use crate::audit::{Verifier, drain_and_sign, verify};
use crate::hsm::Address;
use casemate_common::audit::CHALLENGE_LEN;
use clap::{Args, Subcommand};
use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

type Failure = Box<dyn Error + Send + Sync>;

/// `casemate audit …`
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Take a device's log into a file, and have the device sign its head; not while a daemon uses the device
    Pull(PullArgs),
    /// Check a file, without the device
    Verify(VerifyArgs),
}

#[derive(Debug, Args)]
struct PullArgs {
    /// The file; what it holds already is not taken again
    file: PathBuf,
    /// The device
    #[arg(long, default_value = "sim:")]
    device: Address,
    /// The data directory of the daemon that uses the device otherwise
    #[arg(long, default_value = "casemate-data")]
    data: PathBuf,
    /// 64 hex digits that a verifier has just made up; random ones by default
    #[arg(long, value_parser = challenge)]
    challenge: Option<[u8; CHALLENGE_LEN]>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct VerifyArgs {
    /// The file
    file: PathBuf,
    /// The public key of the device, uncompressed, in hex; without it, the key that the file names is shown, to be compared
    #[arg(long, value_name = "HEX")]
    key: Option<IdentityKey>,
    /// The challenge that the newest head must answer
    #[arg(long, value_parser = challenge)]
    challenge: Option<[u8; CHALLENGE_LEN]>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &AuditArgs) -> Result<(), Failure> {
    match &args.action {
        Action::Pull(args) => run_on(pull(args)),
        Action::Verify(args) => check(args),
    }
}

async fn pull(args: &PullArgs) -> Result<String, Failure> {
    if let Address::Pkcs11(_) = &args.device {
        return Err("a PKCS#11 token keeps no audit log; its vendor's tools may".into());
    }
    let reached = device::reach(&args.device, &args.data).map_err(|error| whose_log(error, &args.data))?;
    let challenge = or_random(args.challenge)?;
    let drained = drain_and_sign(&*reached.hsm, &args.file, challenge).await?;
    Ok(match args.json {
        true => format!("{:#}\n", serde_json::to_value(drained)?),
        false => format!(
            "{} new entries; the log ends with entry {}\n",
            drained.entries, drained.last
        ),
    })
}

/// Says where the log is, where a daemon uses this data directory.
fn whose_log(error: Failure, data: &Path) -> Failure {
    match error.downcast_ref() {
        Some(DataDirError::InUse(_)) => format!(
            "{error}. A daemon takes its devices' logs by itself: `casemate audit verify {}/audit-….jsonl` checks them \
             beside it",
            data.display()
        )
        .into(),
        _ => error,
    }
}

fn check(args: &VerifyArgs) -> Result<(), Failure> {
    let file = File::open(&args.file).map_err(|error| format!("{}: {error}", args.file.display()))?;
    let verifier = Verifier {
        key: args.key.clone().map(|key| key.0),
        challenge: args.challenge,
    };
    let report = verify(BufReader::new(file), &verifier).map_err(|fault| InFile {
        path: args.file.display().to_string(),
        fault,
    })?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    println!("device      {}", report.device);
    println!("entries     {}, the last one is {}", report.entries, report.last);
    println!("signed      up to entry {}", report.signed);
    println!("beginning   {}", beginning(report.complete));
    println!("key         {}{}", report.key, doubt(report.key_is_trusted));
    Ok(())
}

const fn beginning(is_complete: bool) -> &'static str {
    if is_complete {
        "the device's first entry"
    } else {
        "in the middle: what came before is not vouched for"
    }
}

const fn doubt(is_trusted: bool) -> &'static str {
    if is_trusted {
        ""
    } else {
        "\n            (as the file says: compare it with the device's, or give that by --key)"
    }
}
