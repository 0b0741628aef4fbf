//! How often keys were used since the last entry about it, in memory: a flash write for each would cost more than the
//! use itself, and wear the flash out.

use super::chain::Draft;
use casemate_common::audit::{Event, Subject};

/// Keys and commands kept count of at once. One more lets go of another, which costs an entry.
const ROWS: usize = 128;

/// Uses are written down with the first one this many milliseconds after the last time.
const INTERVAL_MS: u64 = 60_000;

/// Uses are written down when there are this many.
const MOST: u32 = 1 << 16;

#[derive(Clone, Copy)]
struct Row {
    command: u16,
    subject: Subject,
    uses: u32,
    failures: u32,
    /// When its uses were last written down.
    since: u64,
}

/// What a session uses.
pub(super) struct Uses {
    rows: [Option<Row>; ROWS],
    pending: u32,
}

/// Where a key and command are.
pub(super) enum Place {
    /// In this row.
    Held(usize),
    /// Nowhere; this row would take them.
    Free(usize),
}

impl Uses {
    pub(super) const fn new() -> Self {
        Self {
            rows: [None; ROWS],
            pending: 0,
        }
    }

    /// Rows whose uses are still to be written down.
    pub(super) const fn pending(&self) -> u32 {
        self.pending
    }

    /// Finds the key and command: rows are filled from the one that the subject's hash names on.
    pub(super) fn place(&self, command: u16, subject: &Subject) -> Place {
        let home = home(command, subject);
        let (before, from_home) = self.rows.split_at_checked(home).unwrap_or_default();
        for (at, row) in (home..).zip(from_home).chain((0..).zip(before)) {
            match row {
                Some(row) if row.command == command && row.subject == *subject => return Place::Held(at),
                Some(_) => {}
                None => return Place::Free(at),
            }
        }
        Place::Free(home)
    }

    /// Counts a use; what it answers has to be written down now.
    pub(super) fn count(&mut self, at: usize, succeeded: bool, now: u64) -> Option<Draft> {
        let row = self.rows.get_mut(at)?.as_mut()?;
        if row.is_idle() {
            self.pending = self.pending.saturating_add(1);
        }
        let counter = if succeeded {
            &mut row.uses
        } else {
            &mut row.failures
        };
        *counter = counter.saturating_add(1);
        if !row.is_due(now) {
            return None;
        }
        self.pending = self.pending.saturating_sub(1);
        row.take(now)
    }

    /// Begins to count for a key and command; what it answers, of those that were there, has to be written down now.
    pub(super) fn replace(&mut self, at: usize, command: u16, subject: &Subject, now: u64) -> Option<Draft> {
        let row = self.rows.get_mut(at)?;
        let draft = row.as_mut().and_then(|row| row.take(now));
        if draft.is_some() {
            self.pending = self.pending.saturating_sub(1);
        }
        *row = Some(Row {
            command,
            subject: *subject,
            uses: 0,
            failures: 0,
            since: now,
        });
        draft
    }

    /// Hands over all that is still to be written down, to `write`.
    pub(super) fn drain<E>(
        &mut self,
        now: u64,
        mut write: impl FnMut(&Draft) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.pending == 0 {
            return Ok(());
        }
        for draft in self.rows.iter_mut().flatten().filter_map(|row| row.take(now)) {
            write(&draft)?;
            self.pending = self.pending.saturating_sub(1);
        }
        Ok(())
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.rows.fill(None);
        self.pending = 0;
    }
}

impl Row {
    const fn is_idle(&self) -> bool {
        self.uses == 0 && self.failures == 0
    }

    const fn is_due(&self, now: u64) -> bool {
        now.saturating_sub(self.since) >= INTERVAL_MS || self.uses.saturating_add(self.failures) >= MOST
    }

    /// The entry about the uses since the last one, which are 0 from then on.
    fn take(&mut self, now: u64) -> Option<Draft> {
        if self.is_idle() {
            return None;
        }
        self.since = now;
        Some(Draft {
            event: Event::Uses,
            command: self.command,
            outcome: 0,
            subject: self.subject,
            uses: core::mem::take(&mut self.uses),
            failures: core::mem::take(&mut self.failures),
        })
    }
}

/// The row to look at first: subjects are random, so their first bytes will do.
const fn home(command: u16, subject: &Subject) -> usize {
    let [first, second, ..] = *subject;
    let [low, ..] = command.to_le_bytes();
    (u16::from_le_bytes([first, second]) ^ low as u16) as usize % ROWS
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    const SEAL: u16 = 0x0201;

    fn subject(number: usize) -> Subject {
        let mut subject = [0; 16];
        subject[..8].copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
        subject
    }

    /// Counts one use and gives what it wrote down, first uses left out.
    fn used(uses: &mut Uses, number: usize, now: u64) -> Option<Draft> {
        match uses.place(SEAL, &subject(number)) {
            Place::Held(at) => uses.count(at, true, now),
            Place::Free(at) => uses.replace(at, SEAL, &subject(number), now),
        }
    }

    #[test]
    fn every_use_is_written_down_once() {
        let mut uses = Uses::new();
        let mut written = Vec::new();
        // More keys than there are rows, some far more often used than others.
        for step in 0..200_000_usize {
            let number = (step % 1000).min(step % 7 * 40);
            let first = matches!(uses.place(SEAL, &subject(number)), Place::Free(_));
            written.push((number, u32::from(first)));
            let draft = used(&mut uses, number, step as u64);
            written.extend(draft.map(|draft| (number_of(&draft), draft.uses)));
        }
        let drained: Result<(), ()> = uses.drain(0, |draft| {
            written.push((number_of(draft), draft.uses));
            Ok(())
        });
        assert_eq!((drained, uses.pending()), (Ok(()), 0));
        let total: u32 = written.iter().map(|(_, uses)| uses).sum();
        assert_eq!(total, 200_000);
    }

    fn number_of(draft: &Draft) -> usize {
        (0..1000)
            .find(|number| subject(*number) == draft.subject)
            .expect("a subject of this test")
    }

    #[test]
    fn uses_are_written_down_in_time() {
        let mut uses = Uses::new();
        assert!(used(&mut uses, 1, 0).is_none());
        assert!(used(&mut uses, 1, INTERVAL_MS - 1).is_none());
        let draft = used(&mut uses, 1, INTERVAL_MS).expect("a minute has passed");
        assert_eq!((draft.uses, draft.event), (2, Event::Uses));
        assert!(
            used(&mut uses, 1, 2 * INTERVAL_MS - 1).is_none(),
            "counted from the last time on"
        );
    }

    #[test]
    fn uses_are_written_down_when_there_are_many() {
        let mut uses = Uses::new();
        let written = (0..=MOST)
            .filter_map(|_| used(&mut uses, 1, 0))
            .collect::<Vec<_>>();
        assert_eq!(written.iter().map(|draft| draft.uses).collect::<Vec<_>>(), [MOST]);
    }
}
