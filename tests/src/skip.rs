//! What this machine lacks, by name: the variable `CASEMATE_SKIP`, a list with commas that `tests/run` fills.

/// Whether the running test is to be left out because it needs `what` (`softhsm`, `qemu` or `thumb`). If so, this says it
/// in the form that `tests/run` counts, and the test returns at once.
#[must_use]
pub fn left_out(what: &str) -> bool {
    let listed = std::env::var("CASEMATE_SKIP").is_ok_and(|list| list.split(',').any(|name| name == what));
    if listed {
        let test = std::thread::current();
        println!("skip: {}: {what} is left out", test.name().unwrap_or("a test"));
    }
    listed
}
