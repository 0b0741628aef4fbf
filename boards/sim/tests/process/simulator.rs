//! Starts and ends simulators.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A process that never outlives its test.
pub(crate) struct Simulator(Child);

impl Simulator {
    /// Starts one with this flash; the link is what `arguments` say.
    pub(crate) fn spawn(flash: &Path, arguments: &[&str], link: impl Into<Stdio>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casemate-sim"));
        command.arg("--flash").arg(flash).arg("--no-sync").args(arguments);
        command.stdin(link).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    /// Starts one on a socket and gives the host's end.
    pub(crate) fn on_socket(flash: &Path, arguments: &[&str]) -> (Self, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        (Self::spawn(flash, arguments, OwnedFd::from(theirs)), ours)
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Waits for its end: the exit code.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        self.0.wait().unwrap().code()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
