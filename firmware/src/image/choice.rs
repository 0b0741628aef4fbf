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
/// served or may still be tried, else the newest. Notes the try, where it is one, and makes firm what says that it
/// is whole. Where the floor is not known, it is the
/// highest security version that lies there.
pub fn choose<C: Crypto, F: NorFlash>(
    slots: &mut [Slot<F>; 2],
    trust: &Trust<'_>,
    floor: Option<u64>,
) -> Option<Chosen> {
    let floor = floor.unwrap_or_else(|| highest::<C, F>(slots, trust));
    let mut order = [0, 1].map(|slot: usize| (rank(slots, slot), slot));
    order.sort_unstable_by_key(|(rank, _)| Reverse(*rank));
    order.into_iter().find_map(|(_, number)| {
        let slot = slots.get_mut(number)?;
        let manifest = slot.sound::<C>(trust)?;
        if u64::from(manifest.security_version) < floor {
            return None;
        }
        // An image that can't be marked is still better than none.
        if let Ok(marks) = slot.marks()
            && !marks.is_confirmed()
        {
            let _ = slot.complete();
            let _ = slot.count_try(&marks);
        }
        Some(Chosen {
            slot: number,
            manifest,
        })
    })
}

/// The lowest security version that may start, by the region of the device's counters; `None` where they can't be read.
pub fn security_floor<F: NorFlash>(counters: F) -> Option<u64> {
    let counters = Counters::mount(counters).ok()?;
    Some(counters.value(CounterId::SecurityVersion))
}

fn highest<C: Crypto, F: NorFlash>(slots: &mut [Slot<F>; 2], trust: &Trust<'_>) -> u64 {
    let signed = slots.iter_mut().filter_map(|slot| {
        let header = slot.claim()?;
        trust.check::<C>(&header, slot.address()).ok()
    });
    signed
        .map(|manifest| manifest.security_version.into())
        .max()
        .unwrap_or(0)
}

/// The higher the sooner.
fn rank<F: NorFlash>(slots: &mut [Slot<F>; 2], slot: usize) -> Option<(bool, u64)> {
    let marks = slots.get_mut(slot)?.marks().ok()?;
    Some((marks.is_hopeful(), marks.number()))
}
