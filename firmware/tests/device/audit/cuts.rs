//! Power cut in every operation on the log's flash: at most the newest entry is lost, and the chain goes on from what a
//! verifier had pulled before.

use super::{connect, next_head, pull, pull_all};
use crate::board::Bench;
use crate::host::id;
use casemate_common::command::{AuditAcknowledge, KeyringDestroy};

const SEEDS: u64 = 5;

/// Entries of a sector.
const SLOTS: u64 = 36;

#[test]
fn a_cut_costs_at_most_the_newest_entry() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    (0..5).for_each(|byte| host.create(id(byte)));
    sweep(&bench, 1);
}

#[test]
fn a_cut_while_the_oldest_entries_make_room_costs_at_most_the_newest_entry() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    for _ in 0..12 * SLOTS / 2 {
        host.create(id(1));
        host.call(&KeyringDestroy { id: id(1) }).unwrap();
        let (log, _) = pull_all(&mut host);
        let through = log.last().unwrap().sequence;
        host.call(&AuditAcknowledge { through }).unwrap();
    }
    sweep(&bench, 2);
}

fn sweep(bench: &Bench, least: u64) {
    let (log, head) = pull_all(&mut connect(bench));
    let known = log.last().unwrap().sequence;
    let (mut cuts, mut written, mut lost) = (0, 0, 0);
    for seed in 0..SEEDS {
        for nth in 1.. {
            let copy = bench.copy();
            let mut host = connect(&copy);
            copy.audit.with(|nor| nor.cut_power_at(nth, seed));
            let answered = [200, 201].map(|byte| host.call(&KeyringDestroy { id: id(byte) }).is_ok());
            let cut = copy.audit.with(|nor| nor.is_off());
            drop(host);
            copy.audit.with(|nor| nor.restart());
            let mut host = connect(&copy);
            let (before, entries) = pull(&mut host, known).unwrap();
            assert_eq!(before, head, "seed {seed}, cut at {nth}: the chain is broken");
            let there = entries.len();
            let least = answered.iter().filter(|answered| **answered).count();
            assert!((least..=least + 1).contains(&there), "seed {seed}, cut at {nth}");
            goes_on(
                &copy,
                entries.iter().fold(head, |head, entry| next_head(&head, entry)),
            );
            if !cut {
                break;
            }
            cuts += 1;
            written += usize::from(there > least);
            lost += usize::from(there == least);
        }
    }
    assert!(cuts >= least * SEEDS, "{cuts} cuts");
    assert!(
        written > 0 && lost > 0,
        "{written} entries were written by cut writes, {lost} were not"
    );
}

/// Two restarts and some entries later the chain is still whole.
fn goes_on(bench: &Bench, head: [u8; 32]) {
    let mut host = connect(bench);
    let newest = pull_all(&mut host).0.last().unwrap().sequence;
    for byte in 210..215 {
        host.call(&KeyringDestroy { id: id(byte) }).unwrap();
    }
    let (before, entries) = pull(&mut connect(bench), newest).unwrap();
    assert_eq!((before, entries.len()), (head, 5));
    assert_eq!(bench.audit.with(|nor| nor.violation()), None);
}
