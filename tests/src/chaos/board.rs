//! The simulator as a board of its own: it keeps running when the host hangs up, and can lose power.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

/// A running simulator; killed when dropped.
#[derive(Debug)]
pub struct Board(Child);

impl Board {
    /// Starts the firmware on this flash file; gives the other end of its line. `cut`: lose power at this flash
    /// operation, counted from 1, and leave it torn as this seed decides.
    ///
    /// # Errors
    /// When the program can't be started.
    pub fn power_on(program: &Path, flash: &Path, cut: Option<(u64, u64)>) -> io::Result<(Self, UnixStream)> {
        let (ours, theirs) = StdStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut command = Command::new(program);
        command.arg("sim").arg("--flash").arg(flash);
        if let Some((operation, seed)) = cut {
            command.arg("--cut-at").arg(operation.to_string());
            command.arg("--seed").arg(seed.to_string());
        }
        let child = command
            .kill_on_drop(true)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .spawn()?;
        Ok((Self(child), UnixStream::from_std(ours)?))
    }

    /// The number of its process; `None` once it has ended.
    pub fn process(&self) -> Option<u32> {
        self.0.id()
    }

    /// Pulls the plug, and waits until nothing runs any more.
    ///
    /// # Errors
    /// When the process can't be waited for.
    pub async fn kill(&mut self) -> io::Result<()> {
        self.0.kill().await
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// When the process can't be waited for.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.0.wait().await
    }
}
