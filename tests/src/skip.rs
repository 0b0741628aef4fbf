//! What this machine lacks, by name: the variable `CASEMATE_SKIP`, a list with commas that `tests/run` fills.

use std::env;
use std::thread;

/// Whether the running test is to be left out because it needs `what` (`softhsm`, `qemu` or `thumb`). If so, this has
/// said it, and the test returns at once.
#[must_use]
pub fn left_out(what: &str) -> bool {
    let listed = env::var("CASEMATE_SKIP").is_ok_and(|list| list.split(',').any(|name| name == what));
    if listed {
        say(&format!("{what} is left out (CASEMATE_SKIP)"));
    }
    listed
}

/// Says that the running test is not carried out, in the form that `tests/run` counts: once a test.
pub fn say(reason: &str) {
    let test = thread::current();
    println!("skip: {}: {reason}", test.name().unwrap_or("a test"));
}
