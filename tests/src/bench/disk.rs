//! What the disk itself does: the yardstick for durable writes.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Appends of `bytes` bytes a second, each followed by fdatasync, one writer.
///
/// # Errors
/// What the file system says.
pub fn synced_appends_per_second(folder: &Path, bytes: usize, time: Duration) -> io::Result<f64> {
    let path = folder.join("synced-appends");
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    let payload = vec![0x5a; bytes];
    let start = Instant::now();
    let mut appends = 0_u32;
    while start.elapsed() < time {
        file.write_all(&payload)?;
        file.sync_data()?;
        appends += 1;
    }
    let rate = f64::from(appends) / start.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok(rate)
}
