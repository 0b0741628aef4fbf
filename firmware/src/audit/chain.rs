//! The entries and their heads.

use super::Who;
use super::slot::{SLOT_LEN, Slot};
use crate::crypto::{Crypto, Hash};
use crate::flash::{FlashError, Ring};
use casemate_common::audit::{Entry, Event, GENESIS_LABEL, HEAD_LEN, Subject};
use casemate_common::error::ErrorCode;
use embedded_storage::nor_flash::NorFlash;

/// What an entry says beside when and for whom.
pub(super) struct Draft {
    pub(super) event: Event,
    pub(super) command: u16,
    pub(super) outcome: u16,
    pub(super) subject: Subject,
    pub(super) uses: u32,
    pub(super) failures: u32,
}

/// The chain, the newest of it in flash.
pub(super) struct Chain<F, C: Crypto> {
    pub(super) ring: Ring<F, SLOT_LEN>,
    pub(super) key: C::HmacSha256,
    pub(super) who: Who,
    sequence: u64,
    head: [u8; HEAD_LEN],
    starts: u64,
}

impl<F: NorFlash, C: Crypto> Chain<F, C> {
    pub(super) fn mount(
        flash: F,
        key: C::HmacSha256,
        device: &[u8; 16],
        starts: u64,
        drained: u64,
    ) -> Result<Self, ErrorCode> {
        let number = |bytes: &_| Slot::parse(bytes, &key)?.sequence();
        let (mut ring, newest) = Ring::mount(flash, number)?;
        if ring.newest() < drained {
            // The newest entry that a host has is damaged or gone, and with it the head: the chain begins anew, which
            // every verifier sees, without what it can't be joined to.
            ring.clear()?;
        }
        let newest = newest.filter(|_| ring.newest() > 0);
        let newest = newest.and_then(|bytes| Slot::parse(&bytes, &key));
        let head = match &newest {
            Some(slot) => digest::<C>(&[&slot.before, &slot.entry]),
            None => digest::<C>(&[GENESIS_LABEL, device]),
        };
        ring.release(drained);
        Ok(Self {
            // A chain that begins anew goes on counting: nobody's number is given to another.
            sequence: ring.newest().max(drained),
            ring,
            key,
            who: Who::default(),
            head,
            starts,
        })
    }

    /// Appends an entry, durably.
    pub(super) fn append(&mut self, draft: &Draft, now: u64) -> Result<(), ErrorCode> {
        let sequence = self.sequence.checked_add(1).ok_or(ErrorCode::AuditFull)?;
        let entry = Entry {
            sequence,
            starts: self.starts,
            uptime_ms: now,
            host: self.who.host,
            subject: draft.subject,
            command: draft.command,
            outcome: draft.outcome,
            uses: draft.uses,
            failures: draft.failures,
            roles: self.who.roles,
            event: draft.event,
        };
        let slot = Slot {
            before: self.head,
            entry: entry.encode(),
        };
        let appended = self.ring.append(sequence, &slot.encode(&self.key));
        appended.map_err(|error| match error {
            FlashError::Full => ErrorCode::AuditFull,
            error => error.into(),
        })?;
        self.sequence = sequence;
        self.head = digest::<C>(&[&self.head, &slot.entry]);
        Ok(())
    }

    pub(super) fn release(&mut self, through: u64) {
        self.ring.release(through);
    }

    pub(super) const fn free(&self) -> u32 {
        self.ring.free()
    }

    pub(super) const fn newest(&self) -> u64 {
        self.sequence
    }

    pub(super) const fn head(&self) -> &[u8; HEAD_LEN] {
        &self.head
    }
}

fn digest<C: Crypto>(parts: &[&[u8]]) -> [u8; HEAD_LEN] {
    let mut hash = C::Sha256::default();
    parts.iter().for_each(|part| hash.update(part));
    hash.finish()
}
