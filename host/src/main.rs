//! The `casemate` command.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// A request is some eighty small allocations, freed on another thread than they were made on: with glibc's allocator a
/// seventh of a write's processor time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    casemate::cli::main()
}
