//! The audit log: see [`casemate_common::audit`] for what it promises.
//!
//! ```text
//! slot (112) = head before (32) ‖ entry (64) ‖ HMAC-SHA-256(slot key, head before ‖ entry), its first 16 bytes
//! ```
//!
//! The slot key is derived from the root secret, so that what a slot holds was written by this device, since it was last
//! erased. [`Chain`] appends entries, [`Uses`] counts between them, and the dispatcher asks [`Audit::admit`] before and
//! tells [`Audit::record`] after each command. *What this trusts:* the ring to make entries durable in their order, and
//! the dispatcher to tell of every command before its answer leaves.

mod chain;
mod page;
mod slot;
mod uses;

use crate::crypto::{Crypto, HmacSha256};
use casemate_common::audit::{Event, HEAD_LEN, Subject};
use casemate_common::command::{Audited, Spec};
use casemate_common::error::ErrorCode;
use chain::{Chain, Draft};
use embedded_storage::nor_flash::NorFlash;
use uses::{Place, Uses};

/// Entries kept free for one command: one of its own, and one for what it makes [`Uses`] let go of.
const RESERVE: u32 = 2;

/// Who a session is with.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Who {
    /// The start of the SHA-256 of the host's static public key.
    pub(crate) host: [u8; 8],
    /// The bits of its roles.
    pub(crate) roles: u8,
}

/// The log of a device.
pub(crate) struct Audit<F, C: Crypto> {
    chain: Chain<F, C>,
    uses: Uses,
    /// What the command being served is about, as far as it has said.
    subject: Option<Subject>,
}

impl<F: NorFlash, C: Crypto> Audit<F, C> {
    /// Recovers the log. `drained` is what [`Self::release`] was told last, `starts` counts the device's.
    pub(crate) fn mount(
        flash: F,
        root: &C::HmacSha256,
        device: &[u8; 16],
        starts: u64,
        drained: u64,
    ) -> Result<Self, ErrorCode> {
        let slot_key = C::HmacSha256::new(&root.mac(&[b"casemate audit slot key v1"]));
        Ok(Self {
            chain: Chain::mount(flash, slot_key, device, starts, drained)?,
            uses: Uses::new(),
            subject: None,
        })
    }

    /// Begins to log for another session; the one before has ended.
    pub(crate) fn begin_session(&mut self, who: Who) {
        self.chain.who = who;
    }

    /// Writes down what the session has used.
    pub(crate) fn end_session(&mut self, now: u64) -> Result<(), ErrorCode> {
        self.flush(now)?;
        self.uses.clear();
        Ok(())
    }

    /// Says what the command being served is about.
    pub(crate) fn note(&mut self, subject: &Subject) {
        self.subject = Some(*subject);
    }

    /// Whether there is room for what this command will leave in the log.
    pub(crate) fn admit(&mut self, spec: &Spec) -> Result<(), ErrorCode> {
        self.subject = None;
        let wanted = self.uses.pending().saturating_add(RESERVE);
        if spec.audited != Audited::No && self.chain.free() < wanted {
            return Err(ErrorCode::AuditFull);
        }
        Ok(())
    }

    /// Logs a command that was served. On an error its answer must not leave.
    pub(crate) fn record(
        &mut self,
        spec: &Spec,
        outcome: Result<(), ErrorCode>,
        now: u64,
    ) -> Result<(), ErrorCode> {
        match (spec.audited, self.subject.take()) {
            (Audited::Each, subject) if outcome != Err(ErrorCode::MalformedRequest) => {
                let draft = Draft {
                    event: Event::Command,
                    ..draft(spec.code, subject.unwrap_or_default(), outcome)
                };
                self.chain.append(&draft, now)
            }
            (Audited::Counted, Some(subject)) if used_the_key(outcome) => {
                self.count(&draft(spec.code, subject, outcome), now)
            }
            (Audited::No | Audited::Each | Audited::Counted, _) => Ok(()),
        }
    }

    /// Writes down all uses that are only counted so far.
    pub(crate) fn flush(&mut self, now: u64) -> Result<(), ErrorCode> {
        let Self { chain, uses, .. } = self;
        uses.drain(now, |draft| chain.append(draft, now))
    }

    /// Allows the entries up to this one to be forgotten.
    pub(crate) fn release(&mut self, through: u64) {
        self.chain.release(through);
    }

    /// Number of the newest entry.
    pub(crate) fn newest(&self) -> u64 {
        self.chain.newest()
    }

    /// The head behind the newest entry.
    pub(crate) const fn head(&self) -> &[u8; HEAD_LEN] {
        self.chain.head()
    }

    fn count(&mut self, first: &Draft, now: u64) -> Result<(), ErrorCode> {
        let due = match self.uses.place(first.command, &first.subject) {
            Place::Held(at) => self.uses.count(at, first.outcome == 0, now),
            Place::Free(at) => {
                self.chain.append(first, now)?;
                self.uses.replace(at, first.command, &first.subject, now)
            }
        };
        due.map_or(Ok(()), |draft| self.chain.append(&draft, now))
    }
}

fn draft(command: u16, subject: Subject, outcome: Result<(), ErrorCode>) -> Draft {
    Draft {
        event: Event::FirstUse,
        command,
        outcome: outcome.map_or_else(ErrorCode::code, |()| 0),
        subject,
        uses: u32::from(outcome.is_ok()),
        failures: u32::from(outcome.is_err()),
    }
}

/// Whether a command that ended so had used its key, if only to find out that the input is not authentic.
const fn used_the_key(outcome: Result<(), ErrorCode>) -> bool {
    matches!(
        outcome,
        Ok(()) | Err(ErrorCode::RecordInvalid | ErrorCode::CiphertextInvalid)
    )
}
