//! Handing out entries.

use super::Audit;
use super::slot::Slot;
use crate::crypto::Crypto;
use casemate_common::audit::{ENTRY_LEN, HEAD_LEN};
use casemate_common::error::ErrorCode;
use embedded_storage::nor_flash::NorFlash;

impl<F: NorFlash, C: Crypto> Audit<F, C> {
    /// The head before the first entry behind `after`; the newest head when there is none.
    pub(crate) fn head_before(&mut self, after: u64) -> Result<[u8; HEAD_LEN], ErrorCode> {
        let mut before = *self.chain.head();
        self.visit(after, |slot| {
            before = slot.before;
            Ok(false)
        })?;
        Ok(before)
    }

    /// Hands out entries behind `after` in their order: no more than a sector holds, and all there are when called
    /// again and again.
    pub(crate) fn entries(
        &mut self,
        after: u64,
        mut take: impl FnMut(&[u8; ENTRY_LEN]) -> Result<(), ErrorCode>,
    ) -> Result<(), ErrorCode> {
        self.visit(after, |slot| take(&slot.entry).map(|()| true))
    }

    fn visit(
        &mut self,
        after: u64,
        mut visit: impl FnMut(&Slot) -> Result<bool, ErrorCode>,
    ) -> Result<(), ErrorCode> {
        let key = &self.chain.key;
        let mut result = Ok(());
        self.chain.ring.visit(after.saturating_add(1), |bytes| {
            let slot = Slot::parse(bytes, key).filter(|slot| slot.sequence() > Some(after));
            let outcome = slot.map_or(Ok(true), |slot| visit(&slot));
            outcome.unwrap_or_else(|code| {
                result = Err(code);
                false
            })
        })?;
        result
    }
}
