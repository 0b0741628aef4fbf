use super::{Slot, Trust};
use crate::crypto::Crypto;
use crate::flash::{CounterId, Counters};
use casemate_common::image::Manifest;
use core::cmp::Reverse;
use embedded_storage::nor_flash::NorFlash;

/// What is to be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// Which of the two slots.
    pub slot: usize,
    /// What lies in it.
    pub manifest: Manifest,
}

/// The image to start: of those that are whole, signed and of no lower security version than `floor`, the newest that has
/// served or may still be tried, else the newest. Notes the try, where it is one.
pub fn choose<C: Crypto, F: NorFlash>(
    slots: &mut [Slot<F>; 2],
    trust: &Trust<'_>,
    floor: u64,
) -> Option<Chosen> {
    let mut order = [0, 1].map(|slot: usize| (rank(slots, slot), slot));
    order.sort_unstable_by_key(|(rank, _)| Reverse(*rank));
    order.into_iter().find_map(|(_, number)| {
        let slot = slots.get_mut(number)?;
        let manifest = slot.sound::<C>(trust)?;
        if u64::from(manifest.security_version) < floor {
            return None;
        }
        let marks = slot.marks().ok()?;
        if !marks.is_confirmed() {
            // An image that can't be marked is still better than none.
            let _ = slot.count_try(&marks);
        }
        Some(Chosen {
            slot: number,
            manifest,
        })
    })
}

/// The lowest security version that may start, by the region of the device's counters. Where that can't be read no
/// firmware serves, and any may say so.
pub fn security_floor<F: NorFlash>(counters: F) -> u64 {
    Counters::mount(counters).map_or(0, |counters| counters.value(CounterId::SecurityVersion))
}

/// The higher the sooner.
fn rank<F: NorFlash>(slots: &mut [Slot<F>; 2], slot: usize) -> Option<(bool, u64)> {
    let marks = slots.get_mut(slot)?.marks().ok()?;
    Some((marks.is_hopeful(), marks.number()))
}
