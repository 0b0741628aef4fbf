//! What is removed or replaced is gone from the flash when the call returns, wherever it had been.

use crate::support::{KEYRING_LEN, Name, TestNor, assert_no_trace, blank, body, mount, name};
use crate::sweep::{KIND, SECTOR};
use casemate_sim::nor::SplitMix64;
use std::collections::BTreeMap;

const ROUNDS: u32 = 400;

#[test]
fn nothing_of_a_removed_or_replaced_body_is_left() {
    churn::<1>(31);
    churn::<4>(32);
    churn::<16>(33);
}

/// A body that is on the flash, and where it was first put.
struct Held {
    body: Vec<u8>,
    first_place: usize,
}

fn churn<const WRITE: usize>(seed: u64) {
    println!("seed {seed}");
    let mut random = SplitMix64::new(seed);
    let mut nor: TestNor<WRITE, SECTOR> = blank(3);
    let mut held: BTreeMap<Name, Held> = BTreeMap::new();
    let mut moved = 0;
    for _round in 0..ROUNDS {
        let name = name(random.below(50));
        let gone = held.remove(&name);
        let was_at = gone.as_ref().and_then(|gone| place(nor.image(), &gone.body));
        if random.below(3) == 0 {
            assert_eq!(mount(&mut nor).remove(KIND, &name), Ok(gone.is_some()));
        } else {
            let body = body(&mut random, KEYRING_LEN);
            mount(&mut nor).put(KIND, &name, &body).expect("there is room");
            let first_place = place(nor.image(), &body).expect("the body is on the flash");
            held.insert(name, Held { body, first_place });
        }
        if let Some(gone) = gone {
            moved += u32::from(was_at != Some(gone.first_place));
            assert_no_trace(nor.image(), &gone.body, "after the call");
        }
    }
    assert!(
        moved > 10,
        "only {moved} of the bodies had been moved before they went"
    );
}

fn place(image: &[u8], body: &[u8]) -> Option<usize> {
    image
        .windows(body.len())
        .step_by(16)
        .position(|window| window == body)
}
