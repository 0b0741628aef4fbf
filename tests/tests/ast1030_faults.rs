//! The emulated board under load and without power: no byte of the line is lost, and what was acknowledged stays.

use casemate::audit::drain;
use casemate::hsm::Hsm;
use casemate::hsm::device::DeviceHsm;
use casemate_common::keyring::KeyringId;
use casemate_tests::dice::{Dice, fresh_seed};
use casemate_tests::qemu;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

const ROUNDS: usize = 12;
/// More than the board's window holds, so that the line never idles, and few enough for each to be answered in the
/// host's 10 s: QEMU moves some 50 KB a second over its UART.
const IN_FLIGHT: usize = 16;

fn id(number: usize) -> KeyringId {
    KeyringId::new([number as u8; KeyringId::LEN])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_byte_is_lost_at_full_speed() {
    if qemu::left_out() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let flash = directory.path().join("flash.bin");
    qemu::erased_flash(&flash).unwrap();
    let (_qemu, hsm) = qemu::boot(&flash).unwrap();
    let hsm = Arc::new(hsm);
    hsm.create_keyring(id(1)).await.unwrap();
    let begun = Instant::now();
    let in_flight = Arc::new(Semaphore::new(IN_FLIGHT));
    let seals: Vec<_> = (0..64_u8)
        .map(|number| {
            let (hsm, in_flight) = (hsm.clone(), in_flight.clone());
            tokio::spawn(async move {
                let _turn = in_flight.acquire().await;
                hsm.seal(id(1), b"burst", &[number; 4096]).await
            })
        })
        .collect();
    for (number, seal) in (0..64_u8).zip(seals) {
        let record = seal.await.unwrap().unwrap();
        assert_eq!(
            hsm.open(id(1), b"burst", &record).await.unwrap()[..],
            [number; 4096]
        );
    }
    println!("64 seals and opens of 4 KiB in {:?}", begun.elapsed());
    let info = hsm.info().await.unwrap();
    assert_eq!(info.receive_overruns, Some(0));
    println!("stack used: {:?} bytes", info.stack_high_water);
}

/// What the host knows of each keyring: a record that must open under it; `None` where it was destroyed; nothing where
/// power failed before the answer.
type Known = BTreeMap<usize, Option<Vec<u8>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill() {
    if qemu::left_out() {
        return;
    }
    let seed = fresh_seed();
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    let directory = tempfile::tempdir().unwrap();
    let flash = directory.path().join("flash.bin");
    qemu::erased_flash(&flash).unwrap();
    let (mut known, mut changes) = (Known::new(), 0);
    for round in 0..ROUNDS {
        let (mut qemu, hsm) = qemu::boot(&flash).unwrap();
        check(&hsm, &known, round).await;
        // As a daemon does: a log that nobody takes fills up, and then the device refuses more.
        drain(&hsm, &directory.path().join("audit.jsonl")).await.unwrap();
        let power = Duration::from_millis(dice.below(300) as u64);
        // The moment of the kill is what is drawn by lot here; it waits for nothing.
        let work = tokio::time::timeout(power, async {
            loop {
                change(&hsm, dice.below(12), &mut known).await;
                changes += 1;
            }
        });
        let _ = work.await;
        qemu.kill().unwrap();
    }
    let (_qemu, hsm) = qemu::boot(&flash).unwrap();
    check(&hsm, &known, ROUNDS).await;
    println!("{changes} changes acknowledged");
    assert!(changes > ROUNDS, "the rounds were too short to show anything");
}

/// Destroys the keyring if it is there, else makes it and seals a record under it.
async fn change(hsm: &DeviceHsm, number: usize, known: &mut Known) {
    let before = known.remove(&number);
    if let Some(Some(_)) = before {
        assert!(hsm.destroy_keyring(id(number)).await.unwrap());
        known.insert(number, None);
    } else {
        hsm.create_keyring(id(number)).await.unwrap();
        let record = hsm.seal(id(number), b"kill", &[number as u8; 32]).await.unwrap();
        known.insert(number, Some(record));
    }
}

async fn check(hsm: &DeviceHsm, known: &Known, round: usize) {
    let listed = hsm.list_keyrings().await.unwrap();
    for (&number, record) in known {
        let there = listed.contains(&id(number));
        assert_eq!(there, record.is_some(), "round {round}, keyring {number}");
        if let Some(record) = record {
            let opened = hsm.open(id(number), b"kill", record).await.unwrap();
            assert_eq!(opened[..], [number as u8; 32], "round {round}, keyring {number}");
        }
    }
}
