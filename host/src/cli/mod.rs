//! The command line.

mod attributes;
mod audit;
mod board;
mod ca;
mod client;
mod device;
mod domain;
mod exit;
mod files;
mod flash;
mod hexadecimal;
mod iam;
mod image;
mod imco;
mod interrupt;
mod policy;
mod print;
mod progress;
mod serve;
#[cfg(test)]
mod tests;
mod token;
mod verify_attestation;

use crate::config::ServeArgs;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// A hardware security module for secrets APIs: serves them over HTTP, sealed by a device.
#[derive(Debug, Parser)]
#[command(name = "casemate", version, args_conflicts_with_subcommands = true, after_help = exit::HELP)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the APIs (the default)
    Serve(ServeArgs),
    /// Make, list and destroy OKMS domains of a running daemon
    Domain(domain::DomainArgs),
    /// Make, list and take back client certificates of a running daemon
    Ca(ca::CaArgs),
    /// Take a device's audit log, and verify one
    Audit(audit::AuditArgs),
    /// Pair with a device, take it into service and govern it
    Device(device::DeviceArgs),
    /// Put the firmware on a real board
    Flash(flash::FlashArgs),
    /// Sign the firmware of real boards
    Image(image::ImageArgs),
    /// Check what a device stated of a key, without the device
    VerifyAttestation(verify_attestation::VerifyArgs),
    /// Make, look up, renew and revoke tokens of a running daemon
    Token(token::TokenArgs),
    /// Write, read, list and delete policies of a running daemon
    Policy(policy::PolicyArgs),
    /// Make, list and delete service ids and API keys of a running daemon's identity provider
    Iam(iam::IamArgs),
    /// Take keyrings that a running daemon's device has already as key vaults
    Imco(imco::ImcoArgs),
    /// Be a simulated device that stands by itself; `casemate serve` starts its own
    Sim(casemate_sim::Args),
}

/// Runs the command that the process's arguments name.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(args) => serve::run(args),
        Command::Domain(args) => domain::run(&args),
        Command::Ca(args) => ca::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Device(args) => device::run(&args),
        Command::Flash(args) => {
            interrupt::leaves("the board may hold a part of the image, and starts none then: flash it again");
            flash::run(&args)
        }
        Command::Image(args) => image::run(&args),
        Command::VerifyAttestation(args) => verify_attestation::run(&args),
        Command::Token(args) => token::run(&args),
        Command::Policy(args) => policy::run(&args),
        Command::Iam(args) => iam::run(&args),
        Command::Imco(args) => imco::run(&args),
        Command::Sim(args) => casemate_sim::run(&args).map_err(Into::into),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("casemate: {error}");
            exit::code(&*error)
        }
    }
}
