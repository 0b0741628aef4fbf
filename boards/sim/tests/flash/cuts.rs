//! Power cut at every flash operation of every kind of change.

use crate::support::{KEYRING_LEN, Name, Records, TestNor, blank, body, mount, name, read};
use crate::sweep::{Change, KIND, SECTOR, Sweep};
use casemate_firmware::flash::FlashError;
use casemate_sim::nor::{Nor, SplitMix64};

const SECTORS: usize = 4;
const SEEDS: u64 = 8;

/// Two sectors in use, and the spare one.
const CROWDED_SECTORS: usize = 3;
const CROWD: u64 = 36;

#[test]
fn putting_survives_cuts() {
    fn run<const WRITE: usize>() {
        on_some_records::<WRITE>(
            3,
            |_| Change::Put(name(100), body(&mut SplitMix64::new(8), KEYRING_LEN)),
            SEEDS,
        );
        on_some_records::<WRITE>(3, |_| Change::Put(name(100), long_body()), SEEDS);
    }
    run::<1>();
    run::<4>();
    run::<16>();
}

#[test]
fn putting_the_first_record_survives_cuts() {
    fn run<const WRITE: usize>() {
        on_some_records::<WRITE>(0, |_| Change::Put(name(100), long_body()), SEEDS);
    }
    run::<1>();
    run::<4>();
    run::<16>();
}

#[test]
fn replacing_survives_cuts() {
    fn run<const WRITE: usize>() {
        on_some_records::<WRITE>(3, |names| Change::Put(names[1], long_body()), SEEDS);
    }
    run::<1>();
    run::<4>();
    run::<16>();
}

/// With both records there, the new one is kept and not the old one, whose mark may be half cleared.
#[test]
fn a_replacement_is_kept_once_it_is_committed() {
    let operations_to_commit = 3;
    for seed in 0..SEEDS {
        let mut nor: TestNor<4, SECTOR> = blank(SECTORS);
        mount(&mut nor)
            .put(KIND, &name(1), b"old")
            .expect("there is room");
        nor.cut_power_at(operations_to_commit + 1, seed);
        assert_eq!(
            mount(&mut nor).put(KIND, &name(1), b"new"),
            Err(FlashError::Device)
        );
        nor.restart();
        assert_eq!(
            read(&mut mount(&mut nor), KIND, &name(1)).as_deref(),
            Some(&b"new"[..]),
            "seed {seed}"
        );
    }
}

#[test]
fn removing_survives_cuts() {
    fn run<const WRITE: usize>() {
        on_some_records::<WRITE>(3, |names| Change::Remove(names[1]), SEEDS);
    }
    run::<1>();
    run::<4>();
    run::<16>();
}

#[test]
fn making_room_survives_cuts() {
    on_a_crowded_log::<1>(
        |names| Change::Put(names[2], body(&mut SplitMix64::new(9), KEYRING_LEN)),
        11,
    );
    on_a_crowded_log::<4>(
        |_| Change::Put(name(100), body(&mut SplitMix64::new(9), KEYRING_LEN)),
        12,
    );
    on_a_crowded_log::<16>(
        |names| Change::Put(names[5], body(&mut SplitMix64::new(9), KEYRING_LEN)),
        13,
    );
}

fn long_body() -> Vec<u8> {
    body(&mut SplitMix64::new(8), 300)
}

fn on_some_records<const WRITE: usize>(count: u64, change: impl Fn(&[Name]) -> Change, seeds: u64) {
    let mut random = SplitMix64::new(7);
    let mut nor: TestNor<WRITE, SECTOR> = blank(SECTORS);
    let mut log = mount(&mut nor);
    let mut before = Records::new();
    for number in 0..count {
        let body = body(&mut random, KEYRING_LEN);
        log.put(KIND, &name(number), &body).expect("there is room");
        before.insert((KIND, name(number)), body);
    }
    let names: Vec<Name> = before.keys().map(|key| key.1).collect();
    let image = nor.image().to_vec();
    let change = change(&names);
    Sweep {
        image,
        before,
        change,
        seeds,
    }
    .run::<WRITE>();
}

/// Replaces the records of a log that is half full again and again, and takes the moment at which the change costs the
/// most flash operations: two sectors are moved then.
fn on_a_crowded_log<const WRITE: usize>(change: impl Fn(&[Name]) -> Change, seed: u64) {
    println!("seed {seed}");
    let mut random = SplitMix64::new(seed);
    let mut nor: TestNor<WRITE, SECTOR> = blank(CROWDED_SECTORS);
    let mut before = Records::new();
    let mut dearest: Option<(u64, Sweep)> = None;
    for _round in 0..300 {
        let body = body(&mut random, KEYRING_LEN);
        let name = name(random.below(CROWD));
        mount(&mut nor).put(KIND, &name, &body).expect("there is room");
        before.insert((KIND, name), body);
        if before.len() < CROWD as usize {
            continue;
        }
        let names: Vec<Name> = before.keys().map(|key| key.1).collect();
        let change = change(&names);
        let cost = cost::<WRITE>(nor.image(), &change);
        if dearest.as_ref().is_none_or(|(dearest, _)| cost > *dearest) {
            let image = nor.image().to_vec();
            let sweep = Sweep {
                image,
                before: before.clone(),
                change,
                seeds: 1,
            };
            dearest = Some((cost, sweep));
        }
    }
    let (cost, sweep) = dearest.expect("there were rounds");
    assert!(cost > 30, "{cost} operations: no sector was moved");
    sweep.run::<WRITE>();
}

/// Flash operations that the change takes.
fn cost<const WRITE: usize>(image: &[u8], change: &Change) -> u64 {
    let mut nor: TestNor<WRITE, SECTOR> = Nor::new(image.to_vec());
    change.apply(&mut mount(&mut nor)).expect("there is room");
    nor.operations()
}
