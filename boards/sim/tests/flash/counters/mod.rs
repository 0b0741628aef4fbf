//! The counters on the NOR model: cut at every flash operation, against an oracle, damaged and beside older copies.

mod cuts;
mod damage;
mod first_stage;
mod model;

use crate::support::{TestNor, blank};
use casemate_firmware::flash::{CounterId, Counters};

const SECTOR: usize = 4096;

/// Slots of a sector, one of which says that it has ended.
const SLOTS: u64 = SECTOR as u64 / 16;

/// How many counters there are, and which of them [`CounterId::Boots`] is.
const ALL: usize = CounterId::ALL.len();
const STARTS: usize = 4;

type TestCounters<'a, const WRITE: usize> = Counters<&'a mut TestNor<WRITE, SECTOR>>;

fn open<const WRITE: usize>(nor: &mut TestNor<WRITE, SECTOR>) -> TestCounters<'_, WRITE> {
    Counters::mount(nor).expect("the region mounts")
}

/// A region of two sectors in which starts were counted this often, and each of the others once before that.
fn counted<const WRITE: usize>(starts: u64) -> TestNor<WRITE, SECTOR> {
    let mut nor = blank(2);
    let mut counters = open(&mut nor);
    for id in CounterId::ALL.into_iter().filter(|id| *id != CounterId::Boots) {
        counters.increment(id).expect("it counts");
    }
    for value in 1..=starts {
        assert_eq!(counters.increment(CounterId::Boots), Ok(value));
    }
    nor
}

fn values<const WRITE: usize>(nor: &mut TestNor<WRITE, SECTOR>) -> [u64; ALL] {
    let counters = open(nor);
    CounterId::ALL.map(|id| counters.value(id))
}
