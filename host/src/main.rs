//! The `casemate` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    casemate::cli::main()
}
