//! `casemate image`: signs the firmware of boards, and tells what a package holds.
//!
//! *What this trusts:* whoever holds the key for what they sign. A release key can live in a Casemate, which it never leaves.

pub(super) mod elf;
mod linked;
mod show;
mod signer;
mod signing;
mod sound;
#[cfg(test)]
mod tests;

use super::board::Board;
use super::device::keyring_id;
use super::files::{publish_new, read, refuse_existing};
use super::print::run_on;
use crate::config::DEFAULT_DATA;
use crate::hsm::Address;
use casemate_common::image::{Package, Version};
use casemate_common::keyring::KeyringId;
use clap::{Args, Subcommand};
use linked::Linked;
pub(super) use signer::{PublicPoint, Signer};
pub(super) use signing::Release;
pub(super) use sound::{built_for, holds_key, sound};
use std::error::Error;
use std::path::{Path, PathBuf};

type Failure = Box<dyn Error + Send + Sync>;

/// `casemate image …`
#[derive(Debug, Args)]
pub(super) struct ImageArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Sign the two images of a board, one for each slot, and put them into a package
    Sign(SignArgs),
    /// Check a package and show what it holds
    Show {
        /// The package
        file: PathBuf,
        /// The key that must have signed it, public or private, in PEM or DER
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
struct SignArgs {
    /// The board
    #[arg(long, value_enum)]
    board: Board,
    /// The version; by default that of this program, which is built from the same sources
    #[arg(long, value_name = "X.Y.Z", default_value = env!("CARGO_PKG_VERSION"))]
    version: Version,
    /// Goes up when an older image must never run again: once this one has served, images with a lower one do not start
    #[arg(long, value_name = "0..255", default_value_t = 0)]
    security_version: u8,
    #[command(flatten)]
    key: KeyArgs,
    /// File for the package
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// ELF files, each linked for another slot
    #[arg(num_args = 1..=2, required = true, value_name = "ELF")]
    images: Vec<PathBuf>,
}

/// The key that signs.
#[derive(Debug, Args)]
struct KeyArgs {
    /// The key: P-256 as PKCS#8, in PEM or DER
    #[arg(long, value_name = "FILE", conflicts_with_all = ["device", "keyring", "blob"])]
    key: Option<PathBuf>,
    /// The device that has the key: sim:, usb:, serial:/dev/ttyACM0, tcp:host:port or unix:/path
    #[arg(long, value_name = "ADDRESS", requires = "keyring", requires = "blob")]
    device: Option<Address>,
    /// The keyring that the key is sealed under
    #[arg(long, value_name = "HEX", value_parser = keyring_id, requires = "device")]
    keyring: Option<KeyringId>,
    /// The key's blob, which `casemate device key generate --type p-256 --usage sign` makes
    #[arg(long, value_name = "FILE", requires = "device")]
    blob: Option<PathBuf>,
    /// Directory with this host's key for the device
    #[arg(long, value_name = "DIR", env = "CASEMATE_DATA", default_value = DEFAULT_DATA)]
    data: PathBuf,
}

impl KeyArgs {
    async fn signer(&self) -> Result<Signer, Failure> {
        match (&self.key, &self.device, self.keyring, &self.blob) {
            (Some(file), ..) => Signer::of_file(file),
            (None, Some(device), Some(keyring), Some(blob)) => {
                Signer::of_device(device, &self.data, keyring, blob).await
            }
            _ => Err("say who signs: --key FILE, or --device with --keyring and --blob; \
                      boards/keys/development.pem is everybody's, and what the firmware takes that is built without CASEMATE_IMAGE_KEY"
                .into()),
        }
    }
}

pub(super) fn run(args: &ImageArgs) -> Result<(), Failure> {
    run_on(act(args))
}

async fn act(args: &ImageArgs) -> Result<String, Failure> {
    match &args.action {
        Action::Sign(args) => sign(args).await,
        Action::Show { file, key, json } => {
            let bytes = read(file)?;
            let package = parse(file, &bytes)?;
            let key = key.as_deref().map(PublicPoint::read).transpose()?;
            show::show(&package, key, *json).map_err(|error| format!("{}: {error}", file.display()).into())
        }
    }
}

async fn sign(args: &SignArgs) -> Result<String, Failure> {
    let release = Release {
        board: args.board,
        version: args.version,
        security_version: args.security_version,
    };
    refuse_existing(&args.out)?;
    let signer = args.key.signer().await?;
    let package = package(release, &args.images, &signer).await?;
    if let [alone] = &args.images[..] {
        eprintln!(
            "{} is for one slot only: a device whose other slot is free won't take this package. Name the images of both.",
            alone.display()
        );
    }
    publish_new(&args.out, &package)?;
    let shown = show::show(&Package::parse(&package)?, Some(signer.public()?), false)?;
    Ok(format!("wrote {}\n{shown}", args.out.display()))
}

/// The package of these ELF files.
pub(super) async fn package(release: Release, elfs: &[PathBuf], signer: &Signer) -> Result<Vec<u8>, Failure> {
    let signed_by = signer.public()?.name();
    let images: Vec<_> = elfs
        .iter()
        .map(|path| Linked::read(release.board, path, signed_by))
        .collect::<Result<_, _>>()?;
    signing::package(release, &images, signer).await
}

/// The package in this file.
pub(super) fn parse<'b>(path: &Path, bytes: &'b [u8]) -> Result<Package<'b>, Failure> {
    Package::parse(bytes)
        .map_err(|error| format!("{}: this is no package of signed images: {error}", path.display()).into())
}
