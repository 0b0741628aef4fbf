//! Random counts, restarts and cuts, compared with what was answered.

use super::SECTOR;
use crate::support::{TestNor, blank};
use casemate_firmware::flash::{CounterId, Counters};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
enum Step {
    Count(CounterId, u8),
    Raise(CounterId, u16),
    Restart,
    CutAt { nth: u64, seed: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let id = || prop::sample::select(&CounterId::ALL[..]);
    prop_oneof![
        6 => (id(), 1_u8..90).prop_map(|(id, times)| Step::Count(id, times)),
        1 => (id(), any::<u16>()).prop_map(|(id, by)| Step::Raise(id, by)),
        2 => Just(Step::Restart),
        3 => (1_u64..100, any::<u64>()).prop_map(|(nth, seed)| Step::CutAt { nth, seed }),
    ]
}

/// What each counter must at least be, and may at most be.
#[derive(Default)]
struct Oracle(BTreeMap<u8, (u64, u64)>);

impl Oracle {
    fn check(&mut self, id: CounterId, value: u64) {
        let (least, most) = self.0.entry(id as u8).or_default();
        assert!(
            (*least..=*most).contains(&value),
            "{id:?}: {value} is not in {least}..={most}"
        );
        (*least, *most) = (value, value);
    }

    fn try_for(&mut self, id: CounterId, value: u64) {
        self.0.entry(id as u8).or_default().1 = value;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_counter_ever_goes_back(steps in vec(step(), 1..60), sectors in 2_usize..5) {
        let mut nor: TestNor<16, SECTOR> = blank(sectors);
        let mut oracle = Oracle::default();
        let mut steps = steps.into_iter().peekable();
        while steps.peek().is_some() {
            run_until_restart(&mut nor, &mut steps, &mut oracle);
            nor.restart();
        }
        prop_assert_eq!(nor.violation(), None);
    }
}

/// One life of a device: until it is restarted, or its power cut.
fn run_until_restart(
    nor: &mut TestNor<16, SECTOR>,
    steps: &mut impl Iterator<Item = Step>,
    oracle: &mut Oracle,
) {
    let mut cut = None;
    let mut orders = Vec::new();
    for step in steps.by_ref() {
        match step {
            Step::Restart => break,
            Step::CutAt { nth, seed } => cut = Some((nth, seed)),
            Step::Count(id, times) => orders.extend((0..times).map(|_| (id, 1))),
            Step::Raise(id, by) => orders.push((id, u64::from(by))),
        }
    }
    if let Some((nth, seed)) = cut {
        nor.cut_power_at(nth, seed);
    }
    let Ok(mut counters) = Counters::mount(&mut *nor) else {
        assert!(nor.is_off(), "it mounts while there is power");
        return;
    };
    CounterId::ALL
        .iter()
        .for_each(|id| oracle.check(*id, counters.value(*id)));
    for (id, by) in orders {
        let wanted = counters.value(id) + by;
        oracle.try_for(id, wanted);
        if counters.raise(id, wanted).is_err() {
            return;
        }
        oracle.check(id, counters.value(id));
    }
}
