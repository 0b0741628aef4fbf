//! The two slots for images in a board's flash, as its first stage and its images see them.
//!
//! *What the first stage trusts:* itself. It lies where nothing else is ever written, and what keeps others from writing there
//! is the chip's business.

#[cfg(target_os = "none")]
mod handover;

#[cfg(target_os = "none")]
pub use handover::{start, vector_table};

use crate::image_key::IMAGE_KEY;
use crate::partition::Partition;
use casemate_common::image::{BoardName, SlotAddress};
use casemate_firmware::crypto::Crypto;
use casemate_firmware::image::{NoImage, Slot, Slots, Trust, choose, security_floor};
use core::cell::RefCell;
use core::ops::Range;
use embedded_storage::nor_flash::NorFlash;

/// What there is to know of a board's flash for starting and changing images. Regions are offsets from its start.
#[derive(Debug, Clone)]
pub struct Layout {
    board: BoardName,
    slots: [(SlotAddress, Range<u32>); 2],
    counters: Range<u32>,
}

impl Layout {
    /// A flash that the processor sees at `base`, with slots A and B, and the region in which the device counts and so
    /// keeps the lowest security version that may start.
    ///
    /// # Panics
    /// At compile time, when used in a `const`: when no board is called so, or a slot does not begin at a multiple of
    /// 1024.
    pub const fn new(board: &str, base: u32, a: Range<u32>, b: Range<u32>, counters: Range<u32>) -> Self {
        let board = BoardName::new(board).expect("the name of a board");
        let a = (address(base, &a), a);
        let b = (address(base, &b), b);
        Self {
            board,
            slots: [a, b],
            counters,
        }
    }

    /// The slot whose image is to be started, which was looked at in full.
    ///
    /// # Errors
    /// [`NoImage`].
    pub fn choose<C: Crypto, F: NorFlash>(&self, nor: F) -> Result<SlotAddress, NoImage> {
        let nor = RefCell::new(nor);
        let floor = security_floor(Partition::new(&nor, self.counters.clone()));
        let mut slots = self.on(&nor);
        let chosen = choose::<C, _>(&mut slots, &self.trust(), floor)?;
        Ok(chosen.manifest.slot)
    }

    /// The slots as the image sees them whose vector table lies at this address.
    pub fn images<C: Crypto, F: NorFlash>(
        &self,
        nor: &'static RefCell<F>,
        vector_table: u32,
    ) -> Slots<Partition<'static, F>, C> {
        let slots = self.on(nor);
        let [_, second] = &slots;
        let runs_second = vector_table >= second.address().address();
        Slots::new(slots, runs_second, self.trust())
    }

    fn on<'n, F: NorFlash>(&self, nor: &'n RefCell<F>) -> [Slot<Partition<'n, F>>; 2] {
        let slots = self.slots.clone();
        slots.map(|(address, region)| Slot::new(Partition::new(nor, region), address))
    }

    const fn trust(&self) -> Trust<'static> {
        Trust {
            board: self.board,
            key: &IMAGE_KEY,
        }
    }
}

const fn address(base: u32, slot: &Range<u32>) -> SlotAddress {
    SlotAddress::new(base + slot.start).expect("a multiple of 1024")
}
