//! A board on USB as Linux shows it, with a terminal instead of the wire: what CDC-ACM does when it is plugged in and
//! pulled out, as `casemate` sees it.

use super::Board;
use rustix::fs::{Mode, OFlags, fcntl_setfl, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::task::JoinHandle;
use tokio::time::sleep;

const VENDOR: &str = "1209";
const PRODUCT: &str = "0001";
/// Between two looks whether the host has the terminal open.
const REOPENED: Duration = Duration::from_millis(5);

/// A machine's USB: `sys` and `dev` in a directory of the test.
pub struct Usb {
    root: PathBuf,
}

/// A board that is plugged in. Dropping it pulls it out: the terminal hangs up, as the kernel does it, and its name is
/// gone.
pub struct Plugged {
    _board: Board,
    carrier: JoinHandle<()>,
    terminal: PathBuf,
    class: PathBuf,
}

impl Usb {
    /// One without boards.
    ///
    /// # Errors
    /// When the directories can't be made.
    pub fn new(root: &Path) -> io::Result<Self> {
        for directory in ["sys/class/tty", "dev"] {
            fs::create_dir_all(root.join(directory))?;
        }
        Ok(Self {
            root: root.to_owned(),
        })
    }

    /// What the host calls the board with this serial number.
    pub fn address(&self, serial: &str) -> String {
        format!("usb:{serial}?root={}", self.root.display())
    }

    /// Plugs in a board, which starts the firmware on `flash`, and gives its terminal this name.
    ///
    /// # Errors
    /// When the firmware or the terminal can't be had.
    pub fn plug(&self, serial: &str, name: &str, program: &Path, flash: &Path) -> io::Result<Plugged> {
        let (board, device) = Board::power_on(program, flash, None)?;
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&ours)?;
        unlockpt(&ours)?;
        let theirs = ptsname(&ours, Vec::new())?;
        make_raw(theirs.to_str().map_err(io::Error::other)?)?;
        let carrier = tokio::spawn(carry(ends(ours)?, device));

        let terminal = self.root.join("dev").join(name);
        symlink(theirs.to_str().map_err(io::Error::other)?, &terminal)?;
        Ok(Plugged {
            _board: board,
            carrier,
            terminal,
            class: self.announce(serial, name)?,
        })
    }

    /// The terminal's entry in `sysfs`, which leads to its interface and device.
    fn announce(&self, serial: &str, name: &str) -> io::Result<PathBuf> {
        let device = self.root.join("sys/devices/usb1").join(name);
        let interface = device.join("1-1:1.0");
        fs::create_dir_all(&interface)?;
        for (file, value) in [("idVendor", VENDOR), ("idProduct", PRODUCT), ("serial", serial)] {
            fs::write(device.join(file), format!("{value}\n"))?;
        }
        let class = self.root.join("sys/class/tty").join(name);
        fs::create_dir(&class)?;
        symlink(interface, class.join("device"))?;
        Ok(class)
    }
}

impl Drop for Plugged {
    fn drop(&mut self) {
        // What is gone already needs no removing.
        let _ = fs::remove_dir_all(&self.class);
        let _ = fs::remove_file(&self.terminal);
        self.carrier.abort();
    }
}

fn make_raw(terminal: &str) -> io::Result<()> {
    let terminal = open(terminal, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())?;
    let mut settings = tcgetattr(&terminal)?;
    settings.make_raw();
    Ok(tcsetattr(&terminal, OptionalActions::Now, &settings)?)
}

/// Until the board ends. While nobody has the terminal open, what the board says waits.
async fn carry((mut from_host, mut to_host): (Receiver, Sender), device: UnixStream) {
    let (mut from_device, mut to_device) = device.into_split();
    let down = async {
        let mut buffer = [0; 4096];
        loop {
            match from_host.read(&mut buffer).await {
                Ok(len) if to_device.write_all(&buffer[..len]).await.is_ok() => {}
                Ok(_) => return,
                // Nobody has the other end open, and nothing tells when somebody does.
                Err(_) => sleep(REOPENED).await,
            }
        }
    };
    // It ends when the board does, or is aborted.
    drop(tokio::join!(
        down,
        tokio::io::copy(&mut from_device, &mut to_host)
    ));
}

/// Both directions of our end of a terminal.
fn ends(terminal: OwnedFd) -> io::Result<(Receiver, Sender)> {
    fcntl_setfl(&terminal, OFlags::NONBLOCK)?;
    let again = terminal.try_clone()?;
    Ok((
        Receiver::from_file_unchecked(terminal.into())?,
        Sender::from_file_unchecked(again.into())?,
    ))
}
