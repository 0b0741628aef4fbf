use super::{Slot, Trust};
use crate::crypto::Crypto;
use crate::flash::{CounterId, Counters, FlashError};
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

/// Why nothing is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoImage {
    /// No slot holds an image that is whole and signed for it.
    Missing,
    /// Whatever image is there has a lower security version than one that has served.
    Outdated,
}

/// The image to start: of those that are whole, signed and of no lower security version than `floor`, the newest that has
/// served or may still be tried, else the newest. Notes the try, where it is one, and makes firm what says that it is
/// whole; one of which that can't be noted would be tried for ever, and comes after the other. Where the floor is not
/// known, it is the highest security version that lies there.
///
/// # Errors
/// [`NoImage`].
pub fn choose<C: Crypto, F: NorFlash>(
    slots: &mut [Slot<F>; 2],
    trust: &Trust<'_>,
    floor: Option<u64>,
) -> Result<Chosen, NoImage> {
    let floor = floor.unwrap_or_else(|| highest::<C, F>(slots, trust));
    let mut order = [0, 1].map(|slot: usize| (rank(slots, slot), slot));
    order.sort_unstable_by_key(|(rank, _)| Reverse(*rank));
    let mut refused = NoImage::Missing;
    // Still better than none.
    let mut unnoted = None;
    for (_, number) in order {
        let Some(slot) = slots.get_mut(number) else {
            continue;
        };
        let Some(manifest) = slot.sound::<C>(trust) else {
            continue;
        };
        if u64::from(manifest.security_version) < floor {
            refused = NoImage::Outdated;
            continue;
        }
        let chosen = Chosen {
            slot: number,
            manifest,
        };
        if note_start(slot).is_ok() {
            return Ok(chosen);
        }
        unnoted = unnoted.or(Some(chosen));
    }
    unnoted.ok_or(refused)
}

/// Notes what has to be known of the start of an image that has not served yet.
fn note_start<F: NorFlash>(slot: &mut Slot<F>) -> Result<(), FlashError> {
    let marks = slot.marks()?;
    if marks.is_confirmed() {
        return Ok(());
    }
    slot.complete()?;
    slot.count_try(&marks)
}

/// The lowest security version that may start, by the region of the device's counters, of which nothing is written; `None`
/// where it does not tell.
pub fn security_floor<F: NorFlash>(counters: F) -> Option<u64> {
    Counters::look(counters, CounterId::SecurityVersion).ok()
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
