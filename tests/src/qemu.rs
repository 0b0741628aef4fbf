//! The firmware for ARM, run by QEMU: the same image that a board would run, with its flash in a file.

use crate::ratchet::Table;
use crate::{program, skip};
use casemate::hsm::Address;
use casemate::hsm::device::{Connector, DeviceHsm};
use std::env;
use std::ffi::OsString;
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
/// The file of the console, in the board's directory.
const CONSOLE: &str = "console";
const TARGET: &str = "thumbv7em-none-eabihf";
/// Older versions of QEMU put another part on this board when they are not told.
const MACHINE: &str = "ast1030-evb,fmc-model=w25q80bl";

/// Whether the running test is to be left out because this machine has no QEMU or can't build for the board; says so.
#[must_use]
pub fn left_out() -> bool {
    skip::left_out("qemu") || skip::left_out("thumb")
}

/// The firmware's image: what `CASEMATE_AST1030_ELF` names, or else a fresh build.
///
/// # Errors
/// It could not be built; the error holds what cargo said.
pub fn firmware() -> io::Result<&'static Path> {
    static IMAGE: Image = OnceLock::new();
    image(&IMAGE, "casemate-ast1030", env::var_os("CASEMATE_AST1030_ELF"))
}

/// The image that measures the firmware, fresh from cargo.
///
/// # Errors
/// It could not be built; the error holds what cargo said.
pub fn measurement() -> io::Result<&'static Path> {
    static IMAGE: Image = OnceLock::new();
    image(&IMAGE, "casemate-ast1030-measure", None)
}

/// The image that measures how long requests wait, fresh from cargo.
///
/// # Errors
/// It could not be built; the error holds what cargo said.
pub fn latency() -> io::Result<&'static Path> {
    static IMAGE: Image = OnceLock::new();
    image(&IMAGE, "casemate-ast1030-latency", None)
}

type Image = OnceLock<Result<PathBuf, String>>;

fn image(image: &'static Image, binary: &str, built: Option<OsString>) -> io::Result<&'static Path> {
    let selection = [
        "--profile",
        "firmware",
        "-p",
        "casemate-ast1030",
        "--target",
        TARGET,
        "--bin",
        binary,
    ];
    let path = image.get_or_init(|| match built {
        Some(path) => Ok(path.into()),
        None => program::build(&selection).map_err(|error| error.to_string()),
    });
    path.as_deref().map_err(|reason| {
        io::Error::other(format!(
            "{reason}\n(the board's target: rustup target add {TARGET})"
        ))
    })
}

/// Makes a flash file as it leaves the factory.
///
/// # Errors
/// When it can't be written.
pub fn erased_flash(path: &Path) -> io::Result<()> {
    fs::write(path, vec![0xFF; FLASH_LEN])
}

/// Switches a board on with this flash file, and a host beside it.
///
/// # Errors
/// As [`Qemu::start`].
pub fn boot(flash: &Path) -> io::Result<(Qemu, DeviceHsm)> {
    let qemu = Qemu::start(flash)?;
    let hsm = qemu.connect();
    Ok((qemu, hsm))
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
        let console = format!("file:{}", directory.path().join(CONSOLE).display());
        let child = board(firmware()?, flash)
            .args(["-chardev", "socket,id=uart5,fd=0,server=on,wait=off"])
            .args(["-serial", "chardev:uart5", "-serial", &console])
            .stdin(Stdio::from(OwnedFd::from(listener)))
            .spawn()
            .map_err(missing)?;
        Ok(Self { child, directory })
    }

    /// What it has said on its console.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn console(&self) -> io::Result<String> {
        fs::read_to_string(self.directory.path().join(CONSOLE))
    }

    /// The same as a device address.
    pub fn address(&self) -> Address {
        Address::Unix(self.socket())
    }

    /// The socket of its serial line.
    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("uart5")
    }

    /// The host's backend on it, which connects at its first request.
    pub fn connect(&self) -> DeviceHsm {
        DeviceHsm::connect(Connector {
            address: self.address(),
            // Only a simulator has these.
            sim_flash: self.socket(),
            sim_program: self.socket(),
            trust: crate::trust(),
        })
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

/// Runs an image that measures, in virtual time, on a flash as it leaves the factory. Tells what it prints: names with
/// numbers.
///
/// # Errors
/// QEMU can't be started, or the image failed; the error holds what it said.
pub fn measure(image: &Path) -> io::Result<Table> {
    let directory = tempfile::tempdir()?;
    let flash = directory.path().join("flash.bin");
    erased_flash(&flash)?;
    let output = board(image, &flash)
        .args(["-icount", "shift=0", "-serial", "none"])
        .args(["-semihosting-config", "enable=on,target=native"])
        .output()
        .map_err(missing)?;
    // Versions of QEMU differ in where an image's output goes.
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed).into_owned();
    let table = printed.lines().map(|line| {
        let (name, number) = line.split_once(" = ")?;
        Some((name.to_owned(), number.parse().ok()?))
    });
    let table: Option<Table> = table.collect();
    table
        .filter(|_| output.status.success())
        .ok_or_else(|| io::Error::other(printed))
}

fn missing(error: io::Error) -> io::Error {
    io::Error::new(
        error.kind(),
        format!("{QEMU}: {error}; install the Debian package {QEMU}"),
    )
}
