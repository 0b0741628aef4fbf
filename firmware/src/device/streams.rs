use super::body::Body;
use crate::crypto::{ChunkCipher, Crypto};
use crate::keys::Input;
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;

/// Requests with bodies of several messages that are kept open at once.
pub const MAX_STREAMS: usize = 8;

/// What is done to the chunks of a stream; the same for the first, which came with the request.
pub(crate) type Step<G> = fn(&mut ChunkCipher<G>, &[u8], bool, &[u8], &mut Body<'_>) -> Result<(), ErrorCode>;

/// A request whose further chunks are still to come.
pub(crate) struct Stream<C: Crypto> {
    pub(crate) id: u16,
    pub(crate) keyring: KeyringId,
    pub(crate) work: Work<C>,
}

/// What is done to what comes.
#[expect(
    clippy::large_enum_variant,
    reason = "there is no heap to move the larger one to"
)]
pub(crate) enum Work<C: Crypto> {
    /// Each chunk is answered by one.
    Chunks {
        step: Step<C::Aes256Gcm>,
        cipher: ChunkCipher<C::Aes256Gcm>,
    },
    /// All of it is taken in, and answered at its end.
    Input(Input<C>),
}

/// Input that has come to its end, and the keyring it was for.
pub(super) struct Ended<C: Crypto> {
    pub(super) keyring: KeyringId,
    pub(super) input: Input<C>,
}

/// The open streams. The derived key of each is wiped when it ends.
pub(crate) struct Streams<C: Crypto> {
    slots: [Slot<C>; MAX_STREAMS],
}

#[expect(
    clippy::large_enum_variant,
    reason = "there is no heap to move the larger one to"
)]
// What is not there is all zeros: see `DeviceMemory`.
#[repr(u8)]
pub(crate) enum Slot<C: Crypto> {
    Free,
    Open(Stream<C>),
    /// Its keyring was destroyed: its next chunk is refused.
    Revoked(u16),
}

impl<C: Crypto> Streams<C> {
    pub(super) const fn new() -> Self {
        Self {
            slots: [const { Slot::Free }; MAX_STREAMS],
        }
    }

    /// A place for one more stream.
    pub(crate) fn free(&mut self) -> Result<&mut Slot<C>, ErrorCode> {
        self.slots
            .iter_mut()
            .find(|slot| matches!(slot, Slot::Free))
            .ok_or(ErrorCode::Busy)
    }

    /// Takes the next chunk of a stream; `None` when there is no such stream. Input that has come to its end is given
    /// back, to be finished.
    pub(super) fn advance(
        &mut self,
        id: u16,
        last: bool,
        chunk: &[u8],
        answer: &mut Body<'_>,
    ) -> Option<Result<Option<Ended<C>>, ErrorCode>> {
        let slot = self.slots.iter_mut().find(|slot| slot.id() == Some(id))?;
        let result = match slot {
            Slot::Open(stream) => stream.work.take(last, chunk, answer),
            Slot::Free | Slot::Revoked(_) => Err(ErrorCode::KeyringNotFound),
        };
        if !last && result.is_ok() {
            return Some(Ok(None));
        }
        let ended = result.map(|()| slot.input());
        // Over it, where it lies: taken out of there, its keys would stay behind.
        *slot = Slot::Free;
        Some(ended)
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

impl<C: Crypto> Work<C> {
    fn take(&mut self, last: bool, chunk: &[u8], answer: &mut Body<'_>) -> Result<(), ErrorCode> {
        match self {
            Self::Chunks { step, cipher } => step(cipher, &[], last, chunk, answer),
            Self::Input(input) => {
                input.update(chunk);
                Ok(())
            }
        }
    }
}

impl<C: Crypto> Slot<C> {
    /// What it has taken in, where that is finished in one go: a copy, which is wiped with the stack.
    fn input(&self) -> Option<Ended<C>> {
        match self {
            Self::Open(Stream {
                keyring,
                work: Work::Input(input),
                ..
            }) => Some(Ended {
                keyring: *keyring,
                input: input.clone(),
            }),
            _ => None,
        }
    }

    fn id(&self) -> Option<u16> {
        match self {
            Self::Free => None,
            Self::Open(stream) => Some(stream.id),
            Self::Revoked(id) => Some(*id),
        }
    }
}
