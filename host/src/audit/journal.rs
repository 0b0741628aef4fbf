//! The file that entries are kept in.

use super::chain;
use super::line::{ChainLine, HeadLine, Line};
use crate::hsm::AuditPage;
use casemate_common::audit::HEAD_LEN;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Why a file can't take entries.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Reading or writing it failed.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// It holds something else.
    #[error("{path}, line {line}: this is no line of an audit log; move the file away, and keep it")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Which line.
        line: usize,
    },
    /// It holds the log of another device.
    #[error(
        "{path}: this is the log of another device, {found}, and the one that answers is {device}: name another file, one for \
         each device"
    )]
    OtherDevice {
        /// The file.
        path: PathBuf,
        /// Whose log it is: the device's id, hex.
        found: String,
        /// Who answers.
        device: String,
    },
    /// What the device logged does not continue what is there.
    #[error(
        "{path}: the device's log does not go on from entry {last} of this file: the device or its flash was put back \
         to an older state, or the file was changed; move the file away, keep it, and find out"
    )]
    Forked {
        /// The file.
        path: PathBuf,
        /// The last entry in it.
        last: u64,
    },
}

/// A file of one device's entries, open to append more.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    device: [u8; 16],
    /// The last entry, and the head behind it; `None` in a new file.
    end: Option<(u64, [u8; HEAD_LEN])>,
}

impl Journal {
    /// Opens the file, or makes it, mode 0600. A line that a crash cut short is cut off.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(path: &Path, device: [u8; 16]) -> Result<Self, JournalError> {
        let at = |error| JournalError::Io {
            path: path.to_owned(),
            error,
        };
        let mut options = OpenOptions::new();
        let options = options.read(true).append(true).create(true).mode(0o600);
        let mut file = options.open(path).map_err(at)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(at)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            file.set_len(whole as u64).map_err(at)?;
        }
        Ok(Self {
            end: end_of(&text[..whole], device).map_err(|misfit| misfit.of(path, device))?,
            path: path.to_owned(),
            file,
            device,
        })
    }

    /// Sequence number of the last entry; 0 in a new file.
    pub fn last(&self) -> u64 {
        self.end.map_or(0, |(last, _)| last)
    }

    /// Appends entries, durably.
    ///
    /// # Errors
    /// [`JournalError::Forked`] when they do not follow the last one; nothing is written then.
    pub fn append(&mut self, page: &AuditPage) -> Result<(), JournalError> {
        let Some(first) = page.entries.first() else {
            return Ok(());
        };
        let mut lines = Vec::new();
        let (mut last, mut head) = match self.end {
            Some(end) => end,
            None => {
                let chain = ChainLine {
                    device: self.device,
                    after: first.sequence.saturating_sub(1),
                    before: page.before,
                };
                let begun = (chain.after, chain.before);
                lines.push(Line::Chain(chain));
                begun
            }
        };
        for entry in &page.entries {
            if head != page.before && entry == first || entry.sequence != last.saturating_add(1) {
                return Err(JournalError::Forked {
                    path: self.path.clone(),
                    last: self.last(),
                });
            }
            (last, head) = (entry.sequence, chain::next(&head, entry));
            lines.push(Line::Entry(entry.into()));
        }
        self.write(&lines)?;
        self.end = Some((last, head));
        Ok(())
    }

    /// Appends a signed head, durably, if it belongs behind the last entry; tells whether it does.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn append_head(&mut self, head: HeadLine) -> Result<bool, JournalError> {
        if self.end != Some((head.sequence, head.head)) {
            return Ok(false);
        }
        self.write(&[Line::Head(head)])?;
        Ok(true)
    }

    fn write(&mut self, lines: &[Line]) -> Result<(), JournalError> {
        let written = encode(lines).and_then(|text| {
            self.file.write_all(text.as_bytes())?;
            self.file.sync_data()
        });
        written.map_err(|error| JournalError::Io {
            path: self.path.clone(),
            error,
        })
    }
}

fn encode(lines: &[Line]) -> io::Result<String> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&serde_json::to_string(line)?);
        text.push('\n');
    }
    Ok(text)
}

/// Why a text is not this device's log so far.
enum Misfit {
    /// The number of a line that should not be there.
    Line(usize),
    /// Whose log it is.
    Device([u8; 16]),
}

impl Misfit {
    fn of(self, path: &Path, device: [u8; 16]) -> JournalError {
        let path = path.to_owned();
        match self {
            Self::Line(line) => JournalError::Unreadable { path, line },
            Self::Device(found) => JournalError::OtherDevice {
                path,
                found: hex::encode(found),
                device: hex::encode(device),
            },
        }
    }
}

/// The last entry and the head behind it.
fn end_of(text: &str, device: [u8; 16]) -> Result<Option<(u64, [u8; HEAD_LEN])>, Misfit> {
    let mut end = None;
    for (line, number) in text.lines().zip(1..) {
        let misfit = || Misfit::Line(number);
        match (serde_json::from_str(line).map_err(|_| misfit())?, end) {
            (Line::Chain(chain), None) if chain.device == device => end = Some((chain.after, chain.before)),
            (Line::Chain(chain), None) => return Err(Misfit::Device(chain.device)),
            (Line::Entry(entry), Some((_, head))) => {
                let entry = entry.entry().ok_or_else(misfit)?;
                end = Some((entry.sequence, chain::next(&head, &entry)));
            }
            (Line::Head(_), Some(_)) => {}
            _ => return Err(misfit()),
        }
    }
    Ok(end)
}
