//! `casemate device provision`: what makes a board safe to trust and can't be undone. Without `--write` it only tells what it
//! would do.
//!
//! *What this trusts:* the machine that it runs on, once: a Pico 2 that is provisioned from an image that somebody swapped
//! has that somebody's root secret.

mod b_u585i;
mod pico2;

use super::Failure;
use crate::cli::board::Board;
use crate::cli::flash::openocd;
use clap::Args;

/// `casemate device provision`
#[derive(Debug, Args)]
pub(super) struct ProvisionArgs {
    /// The board
    #[arg(long, value_enum)]
    board: Board,
    /// Do it, to the board whose chip has this number, which a run without this shows
    #[arg(long, value_name = "CHIP")]
    write: Option<String>,
}

pub(super) async fn provision(args: &ProvisionArgs) -> Result<String, Failure> {
    match args.board {
        Board::BU585I => b_u585i::provision(args.write.as_deref()).await,
        Board::Pico2 => pico2::provision(args.write.as_deref()).await,
    }
}
