//! Where the program under test is.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

static CASEMATE: OnceLock<Result<PathBuf, String>> = OnceLock::new();

/// The `casemate` program: what `CASEMATE_BIN` names (`tests/run` sets it to the release build), or else a fresh
/// build of this workspace.
///
/// # Errors
/// It could not be built; the error holds what cargo said.
pub fn casemate() -> io::Result<&'static Path> {
    CASEMATE
        .get_or_init(|| match std::env::var_os("CASEMATE_BIN") {
            Some(path) => Ok(path.into()),
            None => build(&["-p", "casemate"]).map_err(|error| error.to_string()),
        })
        .as_deref()
        .map_err(|reason| io::Error::other(reason.as_str()))
}

/// Builds what these arguments of `cargo build` select, and tells the last program of it.
///
/// # Errors
/// It could not be built; the error holds what cargo said.
pub(crate) fn build(selection: &[&str]) -> io::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--locked", "--message-format=json-render-diagnostics"])
        .args(selection)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr)));
    }
    executable(&output.stdout).ok_or_else(|| io::Error::other("cargo names no program"))
}

/// Finds the program in cargo's messages, one JSON object a line.
fn executable(messages: &[u8]) -> Option<PathBuf> {
    messages
        .split(|&byte| byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back()
}
