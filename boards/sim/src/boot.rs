//! What a board's boot stage does, for images that are only kept: whatever lies in the slots, this process runs itself.

use crate::board::BOARD;
use crate::flash::Region;
use crate::nor::Medium;
use casemate_board::image_key::IMAGE_KEY;
use casemate_common::image::{BoardName, SlotAddress};
use casemate_firmware::crypto::Software;
use casemate_firmware::image::{Slot, Slots, Trust, choose, security_floor};

/// Where a processor would see the slots.
const SLOTS: [SlotAddress; 2] = [address(0x1_0000), address(0x2_0000)];

/// The slots, as the image sees them that was chosen to run; the first where there is none.
pub(crate) fn start<M: Medium>(
    regions: [Region<M>; 2],
    counters: &mut Region<M>,
) -> Slots<Region<M>, Software> {
    let trust = Trust {
        board: BoardName::new(BOARD).expect("the name of a board"),
        key: &IMAGE_KEY,
    };
    let [a, b] = regions;
    let mut slots = [Slot::new(a, SLOTS[0]), Slot::new(b, SLOTS[1])];
    let chosen = choose::<Software, _>(&mut slots, &trust, security_floor(counters));
    Slots::new(slots, chosen.is_ok_and(|chosen| chosen.slot == 1), trust)
}

const fn address(address: u32) -> SlotAddress {
    SlotAddress::new(address).expect("a multiple of 1024")
}
