//! Walks the records of a sector, past whatever is damaged.

use super::error::FlashError;
use super::layout::{HEADER_LEN, Header, UNIT};
use super::medium::Medium;
use core::ops::Range;
use embedded_storage::nor_flash::NorFlash;

/// A walk through the part of a sector behind its header.
pub(super) struct Scan {
    rest: Range<u32>,
    unreadable: Option<Range<u32>>,
    damaged: u32,
    torn: bool,
}

impl Scan {
    /// A walk through `records`.
    pub(super) const fn new(records: Range<u32>) -> Self {
        Self {
            rest: records,
            unreadable: None,
            damaged: 0,
            torn: false,
        }
    }

    /// The next record whose header checks, and its place.
    pub(super) fn next<F: NorFlash>(
        &mut self,
        medium: &mut Medium<F>,
    ) -> Result<Option<(u32, Header)>, FlashError> {
        loop {
            let at = self.rest.start;
            if let Some(header) = self.header(medium, at)? {
                self.end_unreadable();
                self.rest.start = at.saturating_add(header.record_len());
                return Ok(Some((at, header)));
            }
            match medium.next_written(self.rest.clone())? {
                None => return Ok(None),
                Some(written) => self.skip(written),
            }
        }
    }

    /// After the walk: how many stretches between records were unreadable, and the bytes that can still be appended.
    /// Behind a torn header there are none: what comes next could be taken for its record.
    pub(super) fn finish(mut self) -> (u32, u32) {
        let torn_header = |range: &Range<u32>| range.end.saturating_sub(range.start) <= HEADER_LEN;
        if self.unreadable.take_if(|range| torn_header(range)).is_some() {
            self.torn = true;
        }
        self.end_unreadable();
        let room = self.rest.end.saturating_sub(self.rest.start);
        (self.damaged, if self.torn { 0 } else { room })
    }

    fn header<F: NorFlash>(&self, medium: &mut Medium<F>, at: u32) -> Result<Option<Header>, FlashError> {
        let left = self.rest.end.saturating_sub(at);
        if left < HEADER_LEN {
            return Ok(None);
        }
        let header = medium.header(at)?;
        Ok(header.filter(|header| header.record_len() <= left))
    }

    /// Goes on at `written`, or behind it when it is the unit that has just been tried.
    fn skip(&mut self, written: u32) {
        if written != self.rest.start {
            // A gap is not what appending leaves.
            self.torn = true;
            self.rest.start = written;
            return;
        }
        let end = written.saturating_add(UNIT as u32);
        self.unreadable.get_or_insert(written..end).end = end;
        self.rest.start = end;
    }

    fn end_unreadable(&mut self) {
        if self.unreadable.take().is_some() {
            self.damaged = self.damaged.saturating_add(1);
            self.torn = true;
        }
    }
}
