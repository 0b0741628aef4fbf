//! A terminal that a command runs on, seen from the other side.

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use std::fs::File;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);

/// A terminal.
pub struct Terminal {
    theirs: File,
    shown: Receiver<Vec<u8>>,
}

impl Terminal {
    /// A new one, as the system makes it: what is typed is shown.
    ///
    /// # Errors
    /// The system's.
    pub fn new() -> io::Result<Self> {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&ours)?;
        unlockpt(&ours)?;
        let name = ptsname(&ours, Vec::new())?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let theirs = open(name.as_c_str(), flags, Mode::empty())?;
        let (tell, shown) = channel();
        let mut ours = File::from(ours);
        thread::spawn(move || {
            let mut bytes = [0; 1024];
            while let Ok(len) = ours.read(&mut bytes) {
                if tell.send(bytes[..len].to_vec()).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            theirs: theirs.into(),
            shown,
        })
    }

    /// The side of a command: its standard input or output.
    ///
    /// # Errors
    /// The system's.
    pub fn side(&self) -> io::Result<File> {
        self.theirs.try_clone()
    }

    /// Whether what is typed is shown.
    ///
    /// # Errors
    /// The system's.
    pub fn echoes(&self) -> io::Result<bool> {
        Ok(tcgetattr(&self.theirs)?.local_modes.contains(LocalModes::ECHO))
    }

    /// Waits until what is typed is shown no more.
    ///
    /// # Errors
    /// It still is after a minute.
    pub fn await_hidden(&self) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.echoes()? {
            if Instant::now() >= deadline {
                return Err(io::Error::other("what is typed is still shown"));
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    /// Waits until it has shown this, and answers all that it has shown since the last time.
    ///
    /// # Errors
    /// It has not for a minute; the error holds what it has shown.
    pub fn await_text(&self, text: &str) -> io::Result<String> {
        let mut shown = Vec::new();
        loop {
            let so_far = String::from_utf8_lossy(&shown).into_owned();
            if so_far.contains(text) {
                return Ok(so_far);
            }
            let more = self.shown.recv_timeout(PATIENCE);
            shown.extend(more.map_err(|_| io::Error::other(so_far))?);
        }
    }
}
