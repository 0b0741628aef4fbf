//! The firmware for ARM, run by QEMU: the same image that a board would run, with its flash in a file.

use casemate::hsm::Address;
use std::env;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

/// Bytes of the board's flash part.
pub const FLASH_LEN: usize = 1 << 20;

const QEMU: &str = "qemu-system-arm";
const TARGET: &str = "thumbv7em-none-eabihf";
/// Older versions of QEMU put another part on this board when they are not told.
const MACHINE: &str = "ast1030-evb,fmc-model=w25q80bl";

/// Whether `CASEMATE_SKIP` leaves out the tests that need QEMU; prints so. They fail where it does not and QEMU or the
/// target is missing.
pub fn left_out(test: &str) -> bool {
    let skipped = env::var("CASEMATE_SKIP").unwrap_or_default();
    let left_out = skipped
        .split([',', ' '])
        .any(|need| need == "qemu" || need == "thumb");
    if left_out {
        println!("skip: qemu: {test} needs the Debian package {QEMU} and `rustup target add {TARGET}`");
    }
    left_out
}

/// An image of the board package, built once a process unless `variable` names one that is built already.
///
/// # Panics
/// When it can't be built.
fn image(variable: &str, binary: &str) -> PathBuf {
    if let Some(path) = env::var_os(variable) {
        return path.into();
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let status = Command::new(env!("CARGO"))
        .current_dir(&workspace)
        .args([
            "build",
            "--quiet",
            "--profile",
            "firmware",
            "--package",
            "casemate-ast1030",
        ])
        .args(["--bin", binary, "--target", TARGET])
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{binary} can't be built; is the target there? rustup target add {TARGET}"
    );
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    target.join(TARGET).join("firmware").join(binary)
}

/// The firmware's image.
pub fn firmware_image() -> &'static Path {
    static IMAGE: OnceLock<PathBuf> = OnceLock::new();
    IMAGE.get_or_init(|| image("CASEMATE_AST1030_ELF", "casemate-ast1030"))
}

/// Makes a flash file as it leaves the factory.
///
/// # Errors
/// When it can't be written.
pub fn erased_flash(path: &Path) -> io::Result<()> {
    fs::write(path, vec![0xFF; FLASH_LEN])
}

/// A running board; killed when dropped.
#[derive(Debug)]
pub struct Qemu {
    child: Child,
    directory: TempDir,
}

impl Qemu {
    /// Switches a board on with this flash file, which must exist. Its serial line can be connected to at once.
    ///
    /// # Errors
    /// When QEMU can't be started.
    pub fn start(flash: &Path) -> io::Result<Self> {
        let directory = tempfile::tempdir()?;
        // QEMU takes over a socket that listens already, so nobody has to wait until it does.
        let listener = UnixListener::bind(directory.path().join("uart5"))?;
        let child = board(firmware_image(), flash)
            .args(["-chardev", "socket,id=uart5,fd=0,server=on,wait=off"])
            .args(["-serial", "chardev:uart5"])
            .stdin(Stdio::from(OwnedFd::from(listener)))
            .spawn()
            .map_err(|error| {
                io::Error::new(error.kind(), format!("{QEMU}: {error}; Debian package {QEMU}"))
            })?;
        Ok(Self { child, directory })
    }

    /// The socket of its serial line.
    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("uart5")
    }

    /// The same as a device address.
    pub fn address(&self) -> Address {
        Address::Unix(self.socket())
    }

    /// Pulls the plug, and waits until nothing runs any more.
    ///
    /// # Errors
    /// When the process can't be waited for.
    pub fn kill(&mut self) -> io::Result<ExitStatus> {
        self.child.kill()?;
        self.child.wait()
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        // It may have been killed before.
        let _ = self.kill();
    }
}

fn board(image: &Path, flash: &Path) -> Command {
    let mut command = Command::new(QEMU);
    command
        .args(["-M", MACHINE, "-display", "none", "-monitor", "none"])
        .arg("-drive")
        .arg(format!("file={},if=mtd,format=raw", flash.display()))
        .arg("-kernel")
        .arg(image);
    command
}
