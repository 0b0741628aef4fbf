//! Runs one change once for each flash operation in which power can go, and asks what is there after the restart.

use crate::support::{
    KEYRING_LEN, Name, Records, TestLog, TestNor, assert_no_trace, body, memory, mount, name, records,
};
use casemate_firmware::flash::{FlashError, Kind, Log};
use casemate_sim::nor::{Nor, SplitMix64};

pub(crate) const SECTOR: usize = 4096;
pub(crate) const KIND: Kind = Kind::KEYRING;

/// One change of the log.
pub(crate) enum Change {
    Put(Name, Vec<u8>),
    Remove(Name),
}

impl Change {
    pub(crate) fn apply<const WRITE: usize>(
        &self,
        log: &mut TestLog<'_, WRITE, SECTOR>,
    ) -> Result<(), FlashError> {
        match self {
            Self::Put(name, body) => log.put(KIND, name, body),
            Self::Remove(name) => log.remove(KIND, name).map(|_was_there| ()),
        }
    }

    /// What there is after it.
    pub(crate) fn expected(&self, before: &Records) -> Records {
        let mut after = before.clone();
        match self {
            Self::Put(name, body) => after.insert((KIND, *name), body.clone()),
            Self::Remove(name) => after.remove(&(KIND, *name)),
        };
        after
    }

    const fn name(&self) -> &Name {
        match self {
            Self::Put(name, _) | Self::Remove(name) => name,
        }
    }
}

/// A change and the flash it is made on.
pub(crate) struct Sweep {
    pub(crate) image: Vec<u8>,
    pub(crate) before: Records,
    pub(crate) change: Change,
    /// How many ways of tearing each operation are tried.
    pub(crate) seeds: u64,
}

#[derive(Default)]
struct Tally {
    /// Cuts after which the change was not there.
    absent: u32,
    /// Cuts after which it was.
    present: u32,
    /// Cuts while mounting after the first cut.
    second: u32,
}

impl Sweep {
    /// Cuts each operation of the change, and then each of the mount that follows.
    pub(crate) fn run<const WRITE: usize>(&self) {
        let mut tally = Tally::default();
        let mut finished = 0;
        for seed in 0..self.seeds {
            let mut nth = 1;
            while let Some(torn) = self.cut::<WRITE>(nth, seed) {
                self.mount_again(&torn, seed, &mut tally);
                nth += 1;
            }
            finished += 1;
            assert!(nth > 1, "no cut tore the change");
        }
        assert!(finished > 0, "no cut let the change finish");
        assert!(tally.absent > 0, "no cut undid the change");
        assert!(tally.present > 0, "no cut came after the change was made");
        assert!(tally.second > 0, "no cut hit the mount after a cut");
    }

    /// The flash after a cut in the `nth` operation of the change; `None` when it has fewer.
    fn cut<const WRITE: usize>(&self, nth: u64, seed: u64) -> Option<TestNor<WRITE, SECTOR>> {
        let mut nor = Nor::new(self.image.clone());
        nor.cut_power_at(nth, seed);
        let mut log = Log::mount(&mut nor, memory()).expect("the image mounts");
        let result = self.change.apply(&mut log);
        if nor.is_off() {
            assert_eq!(result, Err(FlashError::Device));
            return Some(nor);
        }
        assert_eq!(result, Ok(()));
        assert_eq!(self.outcome(nor, "not cut"), self.change.expected(&self.before));
        None
    }

    fn mount_again<const WRITE: usize>(&self, torn: &TestNor<WRITE, SECTOR>, seed: u64, tally: &mut Tally) {
        for nth in 1.. {
            let context = format!("seed {seed}, cut in operation {}, then {nth}", torn.operations());
            let mut nor = torn.clone();
            nor.restart();
            nor.cut_power_at(nth, seed ^ nth);
            let mounted = Log::mount(&mut nor, memory()).is_ok();
            assert_ne!(mounted, nor.is_off(), "{context}");
            tally.second += u32::from(nor.is_off());
            if self.outcome(nor, &context) == self.before {
                tally.absent += 1;
            } else {
                tally.present += 1;
            }
            if mounted {
                return;
            }
        }
    }

    /// What there is after a restart: all or nothing of the change, and a log that goes on working.
    fn outcome<const WRITE: usize>(&self, mut nor: TestNor<WRITE, SECTOR>, context: &str) -> Records {
        nor.restart();
        let mut log = mount(&mut nor);
        let found = records(&mut log, &[KIND]);
        assert!(
            found == self.before || found == self.change.expected(&self.before),
            "{context}"
        );
        assert_eq!(log.damaged(), 0, "{context}");
        self.assert_wiped(&found, nor.image(), context);
        work_on(&mut nor, found.clone(), context);
        assert_eq!(nor.violation(), None, "{context}");
        found
    }

    /// Of the bodies the change puts and removes, no bit is left but of the one that is there.
    fn assert_wiped(&self, found: &Records, image: &[u8], context: &str) {
        let key = (KIND, *self.change.name());
        let after = self.change.expected(&self.before);
        for body in [&self.before, &after]
            .into_iter()
            .filter_map(|records| records.get(&key))
        {
            if found.get(&key) != Some(body) {
                assert_no_trace(image, body, context);
            }
        }
    }
}

/// Removes, replaces and adds a record, and finds all of that after another mount.
fn work_on<const WRITE: usize>(nor: &mut TestNor<WRITE, SECTOR>, mut expected: Records, context: &str) {
    let mut random = SplitMix64::new(0x5EED);
    let mut log = mount(nor);
    if let Some(((_, gone), _)) = expected.pop_first() {
        assert_eq!(log.remove(KIND, &gone), Ok(true), "{context}");
    }
    let replaced = expected.keys().next().map_or(name(0x1_0000), |key| key.1);
    for name in [name(0x1_0001), replaced] {
        let body = body(&mut random, KEYRING_LEN);
        assert_eq!(log.put(KIND, &name, &body), Ok(()), "{context}");
        expected.insert((KIND, name), body);
    }
    assert_eq!(records(&mut log, &[KIND]), expected, "{context}");
    let mut log = mount(nor);
    assert_eq!(records(&mut log, &[KIND]), expected, "{context}");
    assert_eq!(log.damaged(), 0, "{context}: the cut is taken for damage");
}
