//! Programs for which it is later than it is: Debian's `libfaketime`.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Lets a program believe that so much more time has passed. What counts only passed time is not changed.
///
/// # Panics
/// The library is missing.
pub fn later(command: &mut Command, by: Duration) {
    command.env("LD_PRELOAD", library().expect("Debian's package libfaketime"));
    command.env("FAKETIME", format!("+{}s", by.as_secs()));
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    command.env("DONT_FAKE_MONOTONIC", "1");
}

fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.flatten();
    let libraries = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    libraries.into_iter().find(|path| path.exists())
}
