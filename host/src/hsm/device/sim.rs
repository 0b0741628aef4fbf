//! The simulator as a child process.

use crate::hsm::SimOptions;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::path::Path;
use std::process::Stdio;
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

/// A running simulator; killed when dropped. It ends by itself, too, when its link does.
pub(super) struct SimProcess {
    _child: Child,
}

impl SimProcess {
    /// Starts `program sim --flash FILE` with one end of a socket pair as its standard input and link.
    pub(super) fn spawn(
        program: &Path,
        flash: &Path,
        options: &SimOptions,
    ) -> io::Result<(Self, UnixStream)> {
        let (ours, theirs) = StdStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut command = Command::new(program);
        command.arg("sim").arg("--flash").arg(flash);
        if let Some(rate) = options.bit_rate {
            command.arg("--bit-rate").arg(rate.to_string());
        }
        if let Some(operation) = options.cut_at {
            command.arg("--cut-at").arg(operation.to_string());
        }
        // A group of its own: Ctrl-C is for the daemon, which stops the simulator after the last request.
        command
            .process_group(0)
            .kill_on_drop(true)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null());
        let child = command.spawn()?;
        Ok((Self { _child: child }, UnixStream::from_std(ours)?))
    }
}
