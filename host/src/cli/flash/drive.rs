//! The drive that a Pico 2 shows when it is plugged in with its button BOOTSEL held.

use super::{Failure, POLL};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A file of the boot loader's, and what the RP2350's says.
const ABOUT: &str = "INFO_UF2.TXT";
const MODEL: &str = "RP2350";

/// The drive: `named`, or the first that is mounted within the time.
pub(super) async fn find(named: Option<&Path>, wait: Duration) -> Result<PathBuf, Failure> {
    if let Some(drive) = named {
        return is_drive(drive).then(|| drive.to_owned()).ok_or_else(|| {
            format!(
                "{} is not the drive of a Pico 2: it has no {ABOUT} of one",
                drive.display()
            )
            .into()
        });
    }
    eprintln!("Hold the button BOOTSEL while you plug in the Pico 2, and mount the drive that it shows.");
    let deadline = Instant::now() + wait;
    loop {
        let mounts = fs::read_to_string("/proc/mounts")?;
        if let Some(drive) = mount_points(&mounts).find(|place| is_drive(place)) {
            return Ok(drive);
        }
        if Instant::now() >= deadline {
            return Err(format!(
                "no drive of a Pico 2 was mounted within {} s: hold BOOTSEL while you plug it in, or name the drive with \
                 --drive, or connect a debug probe and say --probe",
                wait.as_secs()
            )
            .into());
        }
        sleep(POLL).await;
    }
}

/// Copies a UF2 file there, whereupon the board starts it and the drive is gone.
pub(super) fn copy(drive: &Path, uf2: &[u8]) -> Result<(), Failure> {
    let path = drive.join("casemate.uf2");
    let written = File::create(&path).and_then(|mut file| {
        file.write_all(uf2)?;
        file.sync_all()
    });
    written.map_err(|error| format!("{}: {error}", path.display()).into())
}

fn is_drive(place: &Path) -> bool {
    fs::read_to_string(place.join(ABOUT)).is_ok_and(|about| about.contains(MODEL))
}

/// The second column of `/proc/mounts`, where spaces and the like stand in octal.
fn mount_points(mounts: &str) -> impl Iterator<Item = PathBuf> {
    mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(1))
        .map(|place| place.replace("\\040", " ").replace("\\011", "\t").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_points_may_hold_spaces() {
        let mounts = "/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /media/me/RP\\0402350 vfat rw 0 0\n";
        let found: Vec<_> = mount_points(mounts).collect();
        assert_eq!(found, [Path::new("/"), Path::new("/media/me/RP 2350")]);
    }

    #[tokio::test]
    async fn only_the_right_boot_loader_gets_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let (wrong, right) = (directory.path().join("RPI-RP2"), directory.path().join("RP2350"));
        for (drive, model) in [(&wrong, "Board-ID: RPI-RP2"), (&right, "Board-ID: RP2350")] {
            fs::create_dir(drive).unwrap();
            fs::write(drive.join(ABOUT), format!("UF2 Bootloader v1.0\r\n{model}\r\n")).unwrap();
        }
        let refused = find(Some(&wrong), Duration::ZERO).await.unwrap_err();
        assert!(refused.to_string().contains("not the drive of a Pico 2"));
        let drive = find(Some(&right), Duration::ZERO).await.unwrap();
        copy(&drive, b"blocks").unwrap();
        assert_eq!(fs::read(right.join("casemate.uf2")).unwrap(), b"blocks");
    }
}
