//! `casemate verify-attestation`: what a device stated of a key, checked without the device.

use super::attributes;
use super::exit::InFile;
use super::files::{public_key, read, refuse_existing, write_new};
use super::hexadecimal::{IdentityKey, challenge};
use super::print::object;
use crate::attestation::{Document, Verified, Verifier, verify};
use crate::pem;
use casemate_common::attestation::CHALLENGE_LEN;
use clap::Args;
use serde_json::json;
use std::error::Error;
use std::path::PathBuf;

type Failure = Box<dyn Error + Send + Sync>;

/// `casemate verify-attestation …`
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// What `casemate device attest` wrote
    file: PathBuf,
    /// The identity key of the device that you trust: the `signing_key` of `casemate device info`
    #[arg(long, value_name = "HEX")]
    key: IdentityKey,
    /// The challenge that the statement must answer; without it a statement may be of any age
    #[arg(long, value_name = "HEX", value_parser = challenge)]
    challenge: Option<[u8; CHALLENGE_LEN]>,
    /// The public key, in DER or PEM, that the statement must be about
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// Be content with a key that was brought into the device, where others may have it too
    #[arg(long)]
    imported: bool,
    /// File for the attested public key, as PEM
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &VerifyArgs) -> Result<(), Failure> {
    print!("{}", check(args)?);
    Ok(())
}

/// Checks it, and answers what to print.
fn check(args: &VerifyArgs) -> Result<String, Failure> {
    args.out.as_deref().map(refuse_existing).transpose()?;
    let path = args.file.display().to_string();
    let document: Document = serde_json::from_slice(&read(&args.file)?).map_err(|error| {
        format!("{path}: this is no attestation, which `casemate device attest --out FILE` writes: {error}")
    })?;
    let public_key = args.public_key.as_deref().map(public_key).transpose()?;
    let verifier = Verifier {
        key: args.key.0.clone(),
        challenge: args.challenge,
        public_key: public_key.map(|key| key.to_vec()),
        imported: args.imported,
    };
    let verified = verify(&document, &verifier).map_err(|fault| InFile { path, fault })?;
    if let Some(out) = &args.out {
        let public = pem::public_key(&verified.public_key).ok_or("a secret key has no public key")?;
        write_new(out, public.as_bytes())?;
    }
    Ok(shown(args, &verified))
}

fn shown(args: &VerifyArgs, verified: &Verified) -> String {
    let mut shown = attributes::shown(&verified.attributes);
    shown["device"] = json!(hex::encode(verified.device));
    shown["fresh"] = json!(verified.is_fresh);
    object(args.json, &shown)
}
