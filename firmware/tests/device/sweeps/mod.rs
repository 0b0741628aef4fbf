//! Power cut in every flash operation of every command: the device that starts afterwards is as it was before the command
//! or as it is after it, and as after it where it had answered. Then the command runs as if nothing had been.

mod cases;
mod fixture;
mod state;

use crate::board::{Bench, Flash};
use casemate_common::command::{Audited, COMMANDS};
use cases::{CASES, Case};
use fixture::Fixture;
use state::State;

/// Ways in which each operation is torn.
const SEEDS: u64 = 4;

/// The flashes that a serving device writes.
fn flashes(bench: &Bench) -> [&Flash; 5] {
    let [a, b] = &bench.slots;
    [&bench.store, &bench.counters, &bench.audit, a, b]
}

/// A command on one device and what it comes to.
struct Sweep<'f> {
    fixture: &'f Fixture,
    case: &'f Case,
    before: State,
    after: State,
    expected: cases::Outcome,
    /// Operations on each flash.
    operations: [u64; 5],
}

impl<'f> Sweep<'f> {
    /// Runs the command without a cut.
    fn new(fixture: &'f Fixture, case: &'f Case) -> Self {
        let bench = fixture.bench_for(case);
        let before = State::of(&bench.copy(), fixture);
        let mut host = case.ready(&bench);
        let count = || flashes(&bench).map(|flash| flash.with(|nor| nor.operations()));
        let at_first = count();
        let expected = (case.run)(&mut host, fixture);
        let mut operations = count();
        operations
            .iter_mut()
            .zip(at_first)
            .for_each(|(n, first)| *n -= first);
        drop(host);
        Self {
            fixture,
            case,
            before,
            after: State::of(&bench, fixture),
            expected,
            operations,
        }
    }

    /// Runs it once for every operation and every way to tear it.
    fn all_cuts(&self) {
        let mut undone = 0;
        for (flash, operations) in self.operations.into_iter().enumerate() {
            for nth in 1..=operations {
                let cuts = (0..SEEDS).filter(|seed| self.is_undone(flash, nth, *seed));
                undone += cuts.count();
            }
        }
        assert!(
            undone > 0 || self.before == self.after,
            "no cut undid {}",
            self.case.name
        );
    }

    /// Whether the cut left the device as it was before.
    fn is_undone(&self, flash: usize, nth: u64, seed: u64) -> bool {
        let place = format!("{}: flash {flash}, operation {nth}, seed {seed}", self.case.name);
        let bench = self.fixture.bench_for(self.case);
        let mut host = self.case.ready(&bench);
        let flash = flashes(&bench)[flash];
        flash.with(|nor| nor.cut_power_at(nth, seed));
        let answered = (self.case.run)(&mut host, self.fixture) == self.expected;
        assert!(flash.with(|nor| nor.is_off()), "{place}: nothing was cut");
        drop(host);
        flash.with(|nor| nor.restart());
        let found = State::of(&bench, self.fixture);
        let whole = found.is(&self.after) || !answered && found.is(&self.before);
        assert!(whole, "{place}, answered: {answered}\n{found:#?}\n{self}");
        let undone = !found.is(&self.after);
        if undone {
            let mut host = self.case.ready(&bench);
            assert_eq!((self.case.run)(&mut host, self.fixture), self.expected, "{place}");
            drop(host);
            assert!(
                State::of(&bench, self.fixture).is(&self.after),
                "{place}, repeated"
            );
        }
        for flash in flashes(&bench) {
            assert_eq!(flash.with(|nor| nor.violation()), None, "{place}");
        }
        undone
    }
}

impl std::fmt::Display for Sweep<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "before: {:#?}\nafter: {:#?}", self.before, self.after)
    }
}

#[test]
fn every_command_has_a_case() {
    for spec in COMMANDS {
        let cases = CASES.iter().filter(|case| case.name == spec.name).count();
        assert!(cases > 0, "{} has no sweep in cases.rs", spec.name);
    }
    let known = |case: &&Case| COMMANDS.iter().any(|spec| spec.name == case.name);
    assert_eq!(CASES.iter().filter(known).count(), CASES.len());
}

/// Every fourth case from `first` on, so that the parts run at once.
fn sweep_part(first: usize) {
    let fixture = Fixture::new();
    for case in CASES.iter().skip(first).step_by(4) {
        let sweep = Sweep::new(&fixture, case);
        let writes = sweep.operations.iter().sum::<u64>() > 0;
        assert!(
            writes || case.spec().audited == Audited::No,
            "{} is logged",
            case.name
        );
        assert!(writes || sweep.before == sweep.after, "{}", case.name);
        sweep.all_cuts();
    }
}

#[test]
fn no_cut_leaves_half_a_command_1() {
    sweep_part(0);
}

#[test]
fn no_cut_leaves_half_a_command_2() {
    sweep_part(1);
}

#[test]
fn no_cut_leaves_half_a_command_3() {
    sweep_part(2);
}

#[test]
fn no_cut_leaves_half_a_command_4() {
    sweep_part(3);
}
