//! `casemate device provision`: what makes a board safe to trust and can't be undone. Without `--write` it only tells what it
//! would do. What it would keep for ever it looks at first, and afterwards it reads back what it has set.
//!
//! *What this trusts:* the machine that it runs on, once: a Pico 2 that is provisioned from an image that somebody swapped
//! has that somebody's root secret.

mod b_u585i;
mod pico2;

use super::{Failure, Target};
use crate::cli::board::Board;
use crate::cli::flash::openocd;
use clap::Args;
use std::path::PathBuf;

/// `casemate device provision`
#[derive(Debug, Args)]
pub(super) struct ProvisionArgs {
    /// The board
    #[arg(long, value_enum)]
    board: Board,
    /// Do it, to the board whose chip has this number, which a run without this shows
    #[arg(long, value_name = "CHIP")]
    write: Option<String>,
    /// B-U585I-IOT02A: the first stage that is on it, an ELF file, to compare; by default the one that
    /// `cargo build --profile firmware` has built
    #[arg(long, value_name = "FILE")]
    boot: Option<PathBuf>,
    /// B-U585I-IOT02A: protect even a first stage that starts what everybody can sign
    #[arg(long)]
    with_development_key: bool,
    /// B-U585I-IOT02A: set level 2 of read-out protection, not 1: no debugger and no probe, ever
    #[arg(long)]
    for_good: bool,
}

pub(super) async fn provision(target: &Target, args: &ProvisionArgs) -> Result<String, Failure> {
    if target.json || target.pin_file.is_some() {
        return Err(
            "provisioning asks for no PIN and answers in sentences: leave out --pin-file and --json".into(),
        );
    }
    match args.board {
        Board::BU585I => b_u585i::provision(args).await,
        Board::Pico2 if args.boot.is_some() || args.with_development_key || args.for_good => {
            Err("--boot, --with-development-key and --for-good are for b-u585i: provisioning a pico2 writes neither a \
                 first stage down nor its protection"
                .into())
        }
        Board::Pico2 => pico2::provision(args.write.as_deref()).await,
    }
}
