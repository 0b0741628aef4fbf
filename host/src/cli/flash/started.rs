//! Which board the one that was just flashed is: it comes up on USB under its own name, and was not there before, or not since
//! it was started anew. Others that are plugged in are none of its business.

use super::{Failure, POLL};
use crate::cli::board::Board;
use crate::hsm::device::{UsbBoard, boards, unprovisioned};
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A board starts, tests its algorithms and is recognised in a few seconds.
const START: Duration = Duration::from_secs(30);

/// The board that came up.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Started {
    /// It serves.
    Serving(UsbBoard),
    /// It serves nothing until it is provisioned.
    Unprovisioned(UsbBoard),
}

/// What is plugged in.
pub(super) struct Plugged {
    serving: Vec<UsbBoard>,
    unprovisioned: Vec<UsbBoard>,
}

impl Plugged {
    /// Looks, below this root of the file system.
    pub(super) fn look(root: &Path) -> Result<Self, Failure> {
        Ok(Self {
            serving: boards(root)?,
            unprovisioned: unprovisioned(root)?,
        })
    }

    /// Waits for the board of this kind that was not plugged in like that before.
    pub(super) async fn another(&self, board: Board, root: &Path) -> Result<Started, Failure> {
        let deadline = Instant::now() + START;
        while Instant::now() < deadline {
            sleep(POLL).await;
            if let Some(started) = self.other(board, Self::look(root)?) {
                return Ok(started);
            }
        }
        Err(format!(
            "the image is written, but no {board} came up on USB within {} s: connect the board's own USB connector as well; \
             where its LED blinks, an image of a higher security version has served there, so sign with --security-version",
            START.as_secs()
        )
        .into())
    }

    fn other(&self, board: Board, now: Self) -> Option<Started> {
        let is_new =
            |before: &[UsbBoard], one: &UsbBoard| one.name == board.usb_name() && !before.contains(one);
        let serving = now.serving.into_iter().find(|one| is_new(&self.serving, one));
        if let Some(found) = serving {
            return Some(Started::Serving(found));
        }
        let mut waiting = now.unprovisioned.into_iter();
        let found = waiting.find(|one| is_new(&self.unprovisioned, one))?;
        Some(Started::Unprovisioned(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use casemate_common::usb::{B_U585I, PICO2};

    fn board(name: &str, serial: &str, enumerated: &str) -> UsbBoard {
        UsbBoard {
            name: name.to_owned(),
            serial: serial.to_owned(),
            terminal: "/dev/ttyACM0".into(),
            enumerated: enumerated.to_owned(),
        }
    }

    fn plugged(serving: &[UsbBoard], unprovisioned: &[UsbBoard]) -> Plugged {
        Plugged {
            serving: serving.to_vec(),
            unprovisioned: unprovisioned.to_vec(),
        }
    }

    #[test]
    fn only_a_board_of_the_kind_that_has_just_come_counts() {
        let (old, waiting) = (board(B_U585I, "1", "1-4"), board(PICO2, "2", "1-5"));
        let before = plugged(std::slice::from_ref(&old), std::slice::from_ref(&waiting));
        let same = || plugged(std::slice::from_ref(&old), std::slice::from_ref(&waiting));
        for kind in [Board::BU585I, Board::Pico2] {
            assert_eq!(before.other(kind, same()), None, "{kind}");
        }
        let again = board(B_U585I, "1", "1-6");
        let now = || plugged(std::slice::from_ref(&again), std::slice::from_ref(&waiting));
        assert_eq!(before.other(Board::Pico2, now()), None);
        assert_eq!(
            before.other(Board::BU585I, now()),
            Some(Started::Serving(again.clone()))
        );
        let new = board(PICO2, "3", "1-7");
        assert_eq!(
            before.other(Board::Pico2, plugged(&[old, new.clone()], &[])),
            Some(Started::Serving(new.clone()))
        );
        assert_eq!(
            before.other(Board::Pico2, plugged(&[], &[waiting, new.clone()])),
            Some(Started::Unprovisioned(new))
        );
    }
}
