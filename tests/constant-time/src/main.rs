//! Whether the time that the firmware takes depends on secrets: every operation, on secrets that valgrind's memcheck
//! believes to be undefined. It complains where a branch or an address depends on one.
//!
//! What may depend on secrets, and why, is listed in `allowed.supp`. That the check works is shown by a comparison that
//! leaks, which must be complained about.

mod checks;
mod memcheck;

use checks::{CHECKS, leaky_comparison};
use std::process::ExitCode;

fn main() -> ExitCode {
    if !memcheck::is_running() {
        eprintln!("this says something only under `valgrind --tool=memcheck`");
        return ExitCode::FAILURE;
    }
    let leaks = complaints_about(leaky_comparison) > 0;
    println!("{}: a comparison that leaks is complained about", verdict(leaks));
    let failed = CHECKS.iter().filter(|(name, check)| {
        let complaints = complaints_about(*check);
        println!("{}: {name}, {complaints} complaints", verdict(complaints == 0));
        complaints > 0
    });
    match (leaks, failed.count()) {
        (true, 0) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn verdict(passed: bool) -> &'static str {
    if passed { "ok" } else { "FAILED" }
}

fn complaints_about(check: fn()) -> u64 {
    let before = memcheck::complaints();
    check();
    memcheck::complaints() - before
}
