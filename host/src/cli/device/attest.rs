use super::keyring::identifier;
use super::{Failure, Target};
use crate::attestation::{Document, Verifier, verify};
use crate::cli::attributes;
use crate::cli::files::{blob, refuse_existing, write_new};
use crate::cli::hexadecimal::{challenge, or_random};
use crate::cli::print::object;
use casemate_common::attestation::CHALLENGE_LEN;
use casemate_common::keyring::KeyringId;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// `casemate device attest`
#[derive(Debug, Args)]
pub(super) struct AttestArgs {
    /// The keyring that the key is sealed under
    #[arg(long, value_name = "HEX", value_parser = identifier)]
    keyring: KeyringId,
    /// The key's blob
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// 64 hex digits that the verifier has just made up; random ones by default
    #[arg(long, value_name = "HEX", value_parser = challenge)]
    challenge: Option<[u8; CHALLENGE_LEN]>,
    /// File for the attestation
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Has the device state what a key is, and writes it down.
pub(super) async fn attest(target: &Target, args: &AttestArgs) -> Result<String, Failure> {
    refuse_existing(&args.out)?;
    let challenge = or_random(args.challenge)?;
    let blob = blob(&args.key)?;
    let reached = target.reach()?;
    let attestation = reached.hsm.attest_key(args.keyring, &blob, challenge).await?;
    let verifier = Verifier {
        key: attestation.signing_key.clone(),
        challenge: Some(challenge),
        public_key: None,
        imported: true,
    };
    let document = Document::from(attestation);
    let verified = verify(&document, &verifier)?;
    write_new(&args.out, serde_json::to_string_pretty(&document)?.as_bytes())?;
    let mut shown = attributes::shown(&verified.attributes);
    shown["device"] = json!(hex::encode(verified.device));
    shown["signing_key"] = json!(hex::encode(&document.signing_key));
    shown["challenge"] = json!(hex::encode(challenge));
    shown["written"] = json!(args.out.display().to_string());
    Ok(object(target.json, &shown))
}
