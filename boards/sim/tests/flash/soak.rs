//! Random changes with power cuts at random moments, mounts included, on one flash for a long life: what one cut leaves
//! behind meets the next one.

use crate::support::{
    KEYRING_LEN, Records, TestNor, assert_no_trace, blank, body, memory, mount, name, records,
};
use crate::sweep::{Change, KIND, SECTOR};
use casemate_firmware::flash::{FlashError, Log};
use casemate_sim::nor::SplitMix64;

const ROUNDS: u32 = 600;

#[test]
fn a_life_of_cuts_loses_nothing() {
    live::<1>(21);
    live::<4>(22);
    live::<16>(23);
}

fn live<const WRITE: usize>(seed: u64) {
    println!("seed {seed}");
    let mut random = SplitMix64::new(seed);
    let mut nor: TestNor<WRITE, SECTOR> = blank(3);
    let mut before = Records::new();
    let mut cuts = 0;
    for round in 0..ROUNDS {
        let change = any_change(&mut random);
        nor.cut_power_at(1 + random.below(40), random.next_u64());
        let result = Log::mount(&mut nor, memory()).and_then(|mut log| change.apply(&mut log));
        cuts += u32::from(nor.is_off());
        assert_eq!(
            result == Err(FlashError::Device),
            nor.is_off(),
            "round {round}: {result:?}"
        );
        cuts += u32::from(restart(&mut nor, &mut random));
        let mut log = mount(&mut nor);
        assert_eq!(log.damaged(), 0, "round {round}: a cut is taken for damage");
        let found = records(&mut log, &[KIND]);
        let after = change.expected(&before);
        match result {
            Ok(()) => assert!(found == after, "round {round}: an acknowledged change is lost"),
            Err(FlashError::Full) => assert!(found == before, "round {round}: a refused change was made"),
            Err(_) => assert!(found == before || found == after, "round {round}: half a change"),
        }
        let gone = before.iter().filter(|(key, body)| found.get(key) != Some(body));
        gone.for_each(|(_, body)| assert_no_trace(nor.image(), body, "round"));
        before = found;
    }
    assert_eq!(nor.violation(), None);
    assert!(cuts > ROUNDS / 8, "{cuts} cuts");
}

/// Power comes back, and perhaps goes again while mounting. Tells whether it did.
fn restart<const WRITE: usize>(nor: &mut TestNor<WRITE, SECTOR>, random: &mut SplitMix64) -> bool {
    nor.restart();
    nor.cut_power_at(1 + random.below(20), random.next_u64());
    let mounted = Log::mount(&mut *nor, memory()).is_ok();
    let is_cut = nor.is_off();
    assert_ne!(mounted, is_cut);
    nor.restart();
    is_cut
}

fn any_change(random: &mut SplitMix64) -> Change {
    let name = name(random.below(40));
    if random.below(4) == 0 {
        return Change::Remove(name);
    }
    let len = KEYRING_LEN as u64 + random.below(3) / 2 * random.below(200);
    Change::Put(name, body(random, len as usize))
}
