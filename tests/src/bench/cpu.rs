//! CPU time of processes, from the kernel's accounting.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// CPU time that a living process and its living children have used so far.
pub fn of_tree(pid: u32) -> Duration {
    threads(pid)
        .iter()
        .map(|thread| of_thread(thread).unwrap_or_default())
        .sum::<Duration>()
        + threads(pid)
            .iter()
            .flat_map(|thread| children(thread))
            .map(of_tree)
            .sum::<Duration>()
}

fn threads(pid: u32) -> Vec<PathBuf> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task"));
    tasks
        .map(|tasks| tasks.flatten().map(|task| task.path()).collect())
        .unwrap_or_default()
}

/// The scheduler's own counter, in nanoseconds, rather than clock ticks.
fn of_thread(thread: &Path) -> Option<Duration> {
    let schedstat = fs::read_to_string(thread.join("schedstat")).ok()?;
    Some(Duration::from_nanos(
        schedstat.split_whitespace().next()?.parse().ok()?,
    ))
}

fn children(thread: &Path) -> Vec<u32> {
    let list = fs::read_to_string(thread.join("children")).unwrap_or_default();
    list.split_whitespace()
        .filter_map(|child| child.parse().ok())
        .collect()
}
