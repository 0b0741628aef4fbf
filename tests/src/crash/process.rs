//! Processes, by their numbers.

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io;
use std::time::{Duration, Instant};

/// The processes whose parent is `parent`.
///
/// # Errors
/// When `/proc` can't be read.
pub fn children(parent: u32) -> io::Result<Vec<u32>> {
    let entries = fs::read_dir("/proc")?;
    let processes = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    Ok(processes
        .filter(|&process| stat(process).is_some_and(|stat| stat.parent == parent))
        .collect())
}

/// Ends a process with SIGKILL.
///
/// # Errors
/// When there is none of this number.
pub fn kill(process: u32) -> io::Result<()> {
    let number = i32::try_from(process).map_err(io::Error::other)?;
    let number = Pid::from_raw(number).ok_or_else(|| io::Error::other("no process has this number"))?;
    Ok(kill_process(number, Signal::KILL)?)
}

/// Waits until a process that is not our child has ended; false when it runs on for longer than `limit`.
pub fn wait_until_gone(process: u32, limit: Duration) -> bool {
    let begun = Instant::now();
    while stat(process).is_some_and(|stat| stat.runs) {
        if begun.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    true
}

struct Stat {
    parent: u32,
    runs: bool,
}

/// `/proc/N/stat` (proc(5)): number, name in parentheses, state, parent.
fn stat(process: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?;
    Some(Stat {
        runs: !matches!(state, "Z" | "X"),
        parent: fields.next()?.parse().ok()?,
    })
}
