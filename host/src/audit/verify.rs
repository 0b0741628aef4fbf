//! Checking a file without the device.

use super::chain;
use super::line::{ChainLine, EntryLine, HeadLine, Line};
use crate::attestation::is_signed;
use casemate_common::audit::{CHALLENGE_LEN, HEAD_LEN, head_message};
use std::io::BufRead;

/// Why a file is not what a device logged. Lines are counted from 1.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The file could not be read.
    #[error("{0}")]
    Read(#[from] std::io::Error),
    /// Not a line of such a file.
    #[error("line {line}: this is no line of an audit log: {why}")]
    Unreadable {
        /// Which one.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The first line is missing, or another stands in its place.
    #[error("line {line}: a log begins with the line that says whose it is, and has one such line")]
    Beginning {
        /// Where.
        line: usize,
    },
    /// The chain begins where none of this device does.
    #[error(
        "line 1: the log begins where no log of this device does: what was before is gone, or it is of another device"
    )]
    Genesis,
    /// An entry is missing, or too many.
    #[error("line {line}: entry {found} follows entry {before}: entries are missing, or out of their order")]
    Sequence {
        /// Where.
        line: usize,
        /// The entry before.
        before: u64,
        /// The entry found.
        found: u64,
    },
    /// The entries do not lead to a head that the device signed.
    #[error(
        "line {line}: the entries do not lead to the head that the device signed behind entry {sequence}: one of those \
         after entry {sound} was altered"
    )]
    Head {
        /// Where the head is.
        line: usize,
        /// The entry it belongs to.
        sequence: u64,
        /// The last entry that is known to be sound.
        sound: u64,
    },
    /// The signature is not of the key that is trusted.
    #[error("line {line}: the head behind entry {sequence} is not signed by the key that is trusted")]
    Signature {
        /// Where.
        line: usize,
        /// The entry it belongs to.
        sequence: u64,
    },
    /// No head is signed over the verifier's challenge.
    #[error("no head at the end of the log is signed over this challenge: it may be an old one")]
    Challenge,
    /// Nothing is signed.
    #[error("the log holds no signed head: nothing says that a device wrote it")]
    Unsigned,
}

/// What was found good.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// The device's id, hex.
    pub device: String,
    /// Whether the log is there from its beginning; else the head before its first entry is taken on trust.
    pub complete: bool,
    /// Entries in all.
    pub entries: u64,
    /// Sequence number of the last entry.
    pub last: u64,
    /// Sequence number of the last entry that a signed head vouches for.
    pub signed: u64,
    /// The key that signed, uncompressed, hex.
    pub key: String,
    /// Whether that is the key that the verifier named; else it is the one that the file names.
    pub key_is_trusted: bool,
}

/// What the verifier knows.
#[derive(Debug, Clone, Default)]
pub struct Verifier {
    /// The device's key; without one, that of the file's first signed head is taken.
    pub key: Option<Vec<u8>>,
    /// A challenge that the last signed head must answer.
    pub challenge: Option<[u8; CHALLENGE_LEN]>,
}

/// Checks the whole file.
///
/// # Errors
/// [`Fault`]: the first thing that is wrong.
pub fn verify(file: impl BufRead, verifier: &Verifier) -> Result<Report, Fault> {
    let mut state = State {
        key: verifier.key.clone(),
        ..State::default()
    };
    for (text, line) in file.lines().zip(1..) {
        state.line = line;
        state.take(parse(&text?, line)?)?;
    }
    if state.signed_line == 0 {
        return Err(Fault::Unsigned);
    }
    if verifier.challenge.is_some() && (state.challenge != verifier.challenge || state.signed != state.last) {
        return Err(Fault::Challenge);
    }
    Ok(Report {
        device: hex::encode(state.device),
        complete: state.complete,
        entries: state.entries,
        last: state.last,
        signed: state.signed,
        key: hex::encode(state.key.unwrap_or_default()),
        key_is_trusted: verifier.key.is_some(),
    })
}

fn parse(text: &str, line: usize) -> Result<Line, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::Unreadable {
        line,
        why: error.to_string(),
    })
}

#[derive(Default)]
struct State {
    line: usize,
    device: [u8; 16],
    complete: bool,
    head: [u8; HEAD_LEN],
    entries: u64,
    last: u64,
    signed: u64,
    signed_line: usize,
    key: Option<Vec<u8>>,
    challenge: Option<[u8; CHALLENGE_LEN]>,
}

impl State {
    fn take(&mut self, line: Line) -> Result<(), Fault> {
        match line {
            Line::Chain(chain) if self.line == 1 => self.begin(&chain),
            Line::Entry(entry) if self.line > 1 => self.append(&entry),
            Line::Head(head) if self.line > 1 => self.check(&head),
            _ => Err(Fault::Beginning { line: self.line }),
        }
    }

    fn begin(&mut self, line: &ChainLine) -> Result<(), Fault> {
        let begins = line.before == chain::genesis(&line.device);
        if begins != (line.after == 0) {
            return Err(Fault::Genesis);
        }
        self.complete = begins;
        (self.device, self.head) = (line.device, line.before);
        (self.last, self.signed) = (line.after, line.after);
        Ok(())
    }

    fn append(&mut self, line: &EntryLine) -> Result<(), Fault> {
        let entry = line.entry().ok_or_else(|| Fault::Unreadable {
            line: self.line,
            why: "a name in it stands for nothing that this program knows".into(),
        })?;
        if entry.sequence != self.last.saturating_add(1) {
            return Err(Fault::Sequence {
                line: self.line,
                before: self.last,
                found: entry.sequence,
            });
        }
        self.last = entry.sequence;
        self.entries += 1;
        self.head = chain::next(&self.head, &entry);
        Ok(())
    }

    fn check(&mut self, line: &HeadLine) -> Result<(), Fault> {
        let sequence = line.sequence;
        if sequence != self.last || line.head != self.head {
            return Err(Fault::Head {
                line: self.line,
                sequence,
                sound: self.signed,
            });
        }
        let key = self.key.get_or_insert_with(|| line.key.clone());
        let message = head_message(&self.device, sequence, &line.head, &line.challenge);
        if !is_signed(key, &message, &line.signature) {
            return Err(Fault::Signature {
                line: self.line,
                sequence,
            });
        }
        (self.signed, self.signed_line) = (sequence, self.line);
        self.challenge = Some(line.challenge);
        Ok(())
    }
}
