//! A thin binary around the simulator's library.

use clap::Parser;
use std::process::ExitCode;

/// Casemate's firmware, simulated
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    args: casemate_sim::Args,
}

fn main() -> ExitCode {
    match casemate_sim::run(&Cli::parse().args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("casemate-sim: {error}");
            ExitCode::FAILURE
        }
    }
}
