use super::body::Body;
use crate::crypto::{Aes256Gcm, ChunkCipher};
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;

/// Requests with bodies of several messages that are kept open at once.
pub const MAX_STREAMS: usize = 8;

/// What is done to the chunks of a stream; the same for the first, which came with the request.
pub(crate) type Step<G> = fn(&mut ChunkCipher<G>, &[u8], bool, &[u8], &mut Body<'_>) -> Result<(), ErrorCode>;

/// A request whose further chunks are still to come.
pub(crate) struct Stream<G> {
    pub(crate) id: u16,
    pub(crate) keyring: KeyringId,
    pub(crate) step: Step<G>,
    pub(crate) cipher: ChunkCipher<G>,
}

/// The open streams. The derived key of each is wiped when it ends.
pub(crate) struct Streams<G> {
    slots: [Slot<G>; MAX_STREAMS],
}

pub(crate) enum Slot<G> {
    Free,
    Open(Stream<G>),
    /// Its keyring was destroyed: its next chunk is refused.
    Revoked(u16),
}

impl<G: Aes256Gcm> Streams<G> {
    pub(super) const fn new() -> Self {
        Self {
            slots: [const { Slot::Free }; MAX_STREAMS],
        }
    }

    /// A place for one more stream.
    pub(crate) fn free(&mut self) -> Result<&mut Slot<G>, ErrorCode> {
        self.slots
            .iter_mut()
            .find(|slot| matches!(slot, Slot::Free))
            .ok_or(ErrorCode::Busy)
    }

    /// Does the next chunk of a stream; `None` when there is no such stream.
    pub(super) fn advance(
        &mut self,
        id: u16,
        last: bool,
        chunk: &[u8],
        answer: &mut Body<'_>,
    ) -> Option<Result<(), ErrorCode>> {
        let slot = self.slots.iter_mut().find(|slot| slot.id() == Some(id))?;
        let result = match slot {
            Slot::Open(stream) => (stream.step)(&mut stream.cipher, &[], last, chunk, answer),
            Slot::Free | Slot::Revoked(_) => Err(ErrorCode::KeyringNotFound),
        };
        if last || result.is_err() {
            *slot = Slot::Free;
        }
        Some(result)
    }

    /// Ends a stream; false when there is no such stream.
    pub(super) fn end(&mut self, id: u16) -> bool {
        let slot = self.slots.iter_mut().find(|slot| slot.id() == Some(id));
        slot.map(|slot| *slot = Slot::Free).is_some()
    }

    /// Ends them all.
    pub(super) fn end_all(&mut self) {
        self.slots.iter_mut().for_each(|slot| *slot = Slot::Free);
    }

    /// Wipes the keys that were derived from this keyring's.
    pub(crate) fn revoke(&mut self, keyring: &KeyringId) {
        for slot in &mut self.slots {
            if let Slot::Open(stream) = slot
                && stream.keyring == *keyring
            {
                *slot = Slot::Revoked(stream.id);
            }
        }
    }
}

impl<G> Slot<G> {
    fn id(&self) -> Option<u16> {
        match self {
            Self::Free => None,
            Self::Open(stream) => Some(stream.id),
            Self::Revoked(id) => Some(*id),
        }
    }
}
