//! Requests in flight, by the number that their answers bear.

use casemate_common::error::ErrorCode;
use casemate_common::limits::MAX_PLAINTEXT;
use casemate_common::record;
use std::collections::HashMap;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use zeroize::Zeroizing;

/// Why an exchange has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The device answered an error.
    Refused(u16),
    /// The session ended, and the request provably never reached the device.
    NeverArrived,
    /// The session ended; the request may or may not have been carried out.
    Unknown,
    /// The request or its answer is longer than the protocol allows.
    TooLarge,
    /// All numbers for exchanges are taken.
    Overloaded,
}

type Answer = Result<Zeroizing<Vec<u8>>, Failure>;

/// One request in flight.
pub(super) struct Exchange {
    answer: oneshot::Sender<Answer>,
    body: Zeroizing<Vec<u8>>,
    first_sequence: u16,
    _stream: Option<OwnedSemaphorePermit>,
}

impl Exchange {
    pub(super) fn new(
        answer: oneshot::Sender<Answer>,
        first_sequence: u16,
        expected_len: usize,
        stream: Option<OwnedSemaphorePermit>,
    ) -> Self {
        // Room for the whole answer at once: a vector that grows leaves copies behind that nobody wipes.
        let body = Zeroizing::new(Vec::with_capacity(expected_len.min(MAX_ANSWER)));
        Self {
            answer,
            body,
            first_sequence,
            _stream: stream,
        }
    }

    fn finish(self, failure: Option<Failure>) {
        // Nobody may be waiting any more: the answer is dropped then.
        let _ = match failure {
            None => self.answer.send(Ok(self.body)),
            Some(failure) => self.answer.send(Err(failure)),
        };
    }
}

/// All requests in flight of one session.
#[derive(Default)]
pub(super) struct Exchanges {
    open: HashMap<u16, Exchange>,
    next_id: u16,
}

/// No answer is longer than the record of the longest plaintext; a device that sends more is broken.
const MAX_ANSWER: usize =
    MAX_PLAINTEXT + MAX_PLAINTEXT / record::CHUNK_LEN * record::TAG_LEN + record::HEADER_LEN;

impl Exchanges {
    /// Registers an exchange under a free number.
    pub(super) fn insert(&mut self, exchange: Exchange) -> Option<u16> {
        if self.open.len() > usize::from(u16::MAX / 2) {
            return None;
        }
        while self.open.contains_key(&self.next_id) {
            self.next_id = self.next_id.wrapping_add(1);
        }
        let id = self.next_id;
        self.next_id = id.wrapping_add(1);
        self.open.insert(id, exchange);
        Some(id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn is_open(&self, id: u16) -> bool {
        self.open.contains_key(&id)
    }

    /// Adds to an answer, and delivers it with its last part.
    pub(super) fn append(&mut self, id: u16, part: &[u8], last: bool) {
        let Some(exchange) = self.open.get_mut(&id) else {
            return;
        };
        if exchange.body.len() + part.len() > MAX_ANSWER {
            self.take(id, Some(Failure::TooLarge));
            return;
        }
        exchange.body.extend_from_slice(part);
        if last {
            self.take(id, None);
        }
    }

    /// The device refuses.
    pub(super) fn refuse(&mut self, id: u16, code: u16) {
        self.take(id, Some(Failure::Refused(code)));
    }

    /// The session is over. `first_not_taken`: the first sequence number that the device had not taken, if it said.
    pub(super) fn fail_all(&mut self, first_not_taken: Option<u16>) {
        for (_, exchange) in self.open.drain() {
            let arrived = first_not_taken
                .is_none_or(|limit| exchange.first_sequence.wrapping_sub(limit) > u16::MAX / 2);
            exchange.finish(Some(if arrived {
                Failure::Unknown
            } else {
                Failure::NeverArrived
            }));
        }
    }

    fn take(&mut self, id: u16, failure: Option<Failure>) {
        if let Some(exchange) = self.open.remove(&id) {
            exchange.finish(failure);
        }
    }
}

impl From<Failure> for crate::hsm::HsmError {
    fn from(failure: Failure) -> Self {
        use crate::hsm::{ErrorKind, HsmError};
        match failure {
            Failure::Refused(code) => ErrorCode::from_code(code).map_or_else(
                || {
                    HsmError::new(
                        ErrorKind::Permanent,
                        format!("the device answered the unknown error {code:#06x}; update the host"),
                    )
                },
                HsmError::from,
            ),
            Failure::NeverArrived => HsmError::new(
                ErrorKind::Transient,
                "the session with the device ended before the request reached it",
            ),
            Failure::Unknown => HsmError::new(
                ErrorKind::SessionLost,
                "the session with the device ended while the request was under way",
            ),
            Failure::TooLarge => HsmError::new(ErrorKind::Caller, "larger than the device accepts"),
            Failure::Overloaded => HsmError::new(
                ErrorKind::Transient,
                "too many requests are waiting for the device",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(exchanges: &mut Exchanges, first_sequence: u16) -> (u16, oneshot::Receiver<Answer>) {
        let (sender, receiver) = oneshot::channel();
        let id = exchanges.insert(Exchange::new(sender, first_sequence, 16, None));
        (id.expect("numbers are free"), receiver)
    }

    #[test]
    fn parts_become_one_answer() {
        let mut exchanges = Exchanges::default();
        let (id, mut answer) = open(&mut exchanges, 1);
        exchanges.append(id, b"one ", false);
        exchanges.append(id.wrapping_add(1), b"of nobody", true);
        assert!(
            answer.try_recv().is_err(),
            "an answer without its end was delivered"
        );
        exchanges.append(id, b"two", true);
        assert_eq!(answer.try_recv().unwrap().unwrap().as_slice(), b"one two");
        assert!(exchanges.is_empty());
    }

    #[test]
    fn a_refusal_in_the_middle_discards_what_came_before() {
        let mut exchanges = Exchanges::default();
        let (id, mut answer) = open(&mut exchanges, 1);
        exchanges.append(id, b"unfinished", false);
        exchanges.refuse(id, ErrorCode::RecordInvalid.code());
        assert_eq!(
            answer.try_recv().unwrap(),
            Err(Failure::Refused(ErrorCode::RecordInvalid.code()))
        );
    }

    #[test]
    fn a_lost_session_tells_what_never_arrived() {
        let mut exchanges = Exchanges::default();
        let (_, mut taken) = open(&mut exchanges, u16::MAX);
        let (_, mut limit) = open(&mut exchanges, 3);
        exchanges.fail_all(Some(3));
        assert_eq!(taken.try_recv().unwrap(), Err(Failure::Unknown));
        assert_eq!(limit.try_recv().unwrap(), Err(Failure::NeverArrived));

        let (_, mut unknown) = open(&mut exchanges, 3);
        exchanges.fail_all(None);
        assert_eq!(unknown.try_recv().unwrap(), Err(Failure::Unknown));
    }

    #[test]
    fn an_endless_answer_is_cut_off() {
        let mut exchanges = Exchanges::default();
        let (id, mut answer) = open(&mut exchanges, 1);
        for _ in 0..=MAX_ANSWER / 4096 {
            exchanges.append(id, &[0; 4096], false);
        }
        assert_eq!(answer.try_recv().unwrap(), Err(Failure::TooLarge));
    }

    #[test]
    fn numbers_in_use_are_skipped() {
        let mut exchanges = Exchanges::default();
        let (first, _kept) = open(&mut exchanges, 0);
        exchanges.next_id = first;
        assert_ne!(open(&mut exchanges, 0).0, first);
    }
}
