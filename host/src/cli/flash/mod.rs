//! `casemate flash`: puts first stage and image on a real board, and sees that it comes up. The image goes to slot A, and what
//! else was there for images is erased, so that it is the one that starts.
//!
//! *What this trusts:* the person who holds the board. Whoever can flash a board owns it; what a later image can read of an
//! earlier one's secrets is the chip's business (`boards/`).

mod drive;
pub(super) mod openocd;
mod payload;
mod started;
mod uf2;

use super::board::Board;
use super::device;
use super::files::{publish_new, refuse_existing};
use super::print::run_on;
use crate::config::DEFAULT_DATA;
use crate::hsm::device::UsbBoard;
use clap::Args;
use payload::{Payload, Sources};
use started::{Plugged, Started};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

type Failure = Box<dyn Error + Send + Sync>;

const POLL: Duration = Duration::from_millis(100);

/// `casemate flash`
#[derive(Debug, Args)]
pub(super) struct FlashArgs {
    /// The board
    #[arg(long, value_enum)]
    board: Board,
    /// A package that `casemate image sign` has made, or an ELF file that stands alone, as the one for provisioning does; by
    /// default what `cargo build --profile firmware` has built is signed first
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    /// The key that signs where there is no package: P-256 as PKCS#8; by default one that everybody has
    #[arg(long, value_name = "FILE", conflicts_with = "image")]
    key: Option<PathBuf>,
    /// The security version to sign with, where there is no package: not below that of an image that has served there
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "image")]
    security_version: u8,
    /// The first stage, an ELF file; the one that `cargo build --profile firmware` has built by default
    #[arg(long, value_name = "FILE")]
    boot: Option<PathBuf>,
    /// Flash through a debug probe, where the board has another way too
    #[arg(long)]
    probe: bool,
    /// Where the drive is that the Pico 2 shows; looked for by default
    #[arg(long, value_name = "DIR", conflicts_with = "probe")]
    drive: Option<PathBuf>,
    /// Write the UF2 file here, and flash nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["probe", "drive"])]
    uf2: Option<PathBuf>,
    /// Seconds to wait for the drive
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,
    /// Directory with this host's key, for asking the board what it is
    #[arg(long, value_name = "DIR", env = "CASEMATE_DATA", default_value = DEFAULT_DATA)]
    data: PathBuf,
}

pub(super) fn run(args: &FlashArgs) -> Result<(), Failure> {
    run_on(flash(args))
}

async fn flash(args: &FlashArgs) -> Result<String, Failure> {
    if args.board.uf2_family().is_none() && args.drive.is_some() {
        return Err(format!(
            "{} shows no drive: it is flashed through the probe on it",
            args.board
        )
        .into());
    }
    args.uf2.as_deref().map(refuse_existing).transpose()?;
    let sources = Sources {
        image: args.image.as_deref(),
        boot: args.boot.as_deref(),
        key: args.key.as_deref(),
        security_version: args.security_version,
    };
    let payload = Payload::gather(args.board, sources).await?;
    if let Some(file) = &args.uf2 {
        publish_new(file, &uf2_of(args.board, &payload)?)?;
        return Ok(format!("wrote {}\n", file.display()));
    }
    let before = Plugged::look(Path::new("/"))?;
    match args.board.uf2_family().filter(|_| !args.probe) {
        None => {
            openocd::write(args.board, &payload).await?;
        }
        Some(family) => {
            let drive = drive::find(args.drive.as_deref(), Duration::from_secs(args.wait)).await?;
            drive::copy(&drive, &uf2::encode(&payload.pieces(args.board), family))?;
        }
    }
    match before.another(args.board, Path::new("/")).await? {
        Started::Serving(board) => Ok(report(&board, &args.data).await),
        Started::Unprovisioned(board) => Ok(format!(
            "the board {} waits to be provisioned; next: casemate device provision --board {}\n",
            board.serial, args.board
        )),
    }
}

fn uf2_of(board: Board, payload: &Payload) -> Result<Vec<u8>, Failure> {
    let family = board
        .uf2_family()
        .ok_or_else(|| format!("{board} takes no UF2 files: it is flashed through the probe on it"))?;
    Ok(uf2::encode(&payload.pieces(board), family))
}

async fn report(board: &UsbBoard, data: &Path) -> String {
    let serial = &board.serial;
    match device::info_of(&format!("usb:{serial}"), data).await {
        Ok(info) => info,
        Err(error) => format!(
            "the board {serial} came up; it says nothing of itself yet: {error}\n\
             next: casemate device pair --device usb:{serial}\n"
        ),
    }
}
