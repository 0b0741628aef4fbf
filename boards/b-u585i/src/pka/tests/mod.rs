mod p256;
mod rsa;

use super::model::{Ail, Model};
use super::{Failure, Mode, RAM, Registers, put, run, start, wipe};

/// What may ail an accelerator, by number.
const AILS: [Ail; 7] = [
    Ail::NeverReady,
    Ail::NeverDone,
    Ail::Flags(1 << 19),
    Ail::Flags(1 << 20),
    Ail::Flags(1 << 21),
    Ail::Faults,
    Ail::Word,
];
const NEVER_READY: usize = 0;
const FAULTS: usize = 5;
const WORD: usize = 6;

/// An accelerator that fails, and as any other holds nothing afterwards.
struct Sick<const AIL: usize>(Model);

impl<const AIL: usize> Default for Sick<AIL> {
    fn default() -> Self {
        Self(Model::that_ails(AILS[AIL]))
    }
}

impl<const AIL: usize> Registers for Sick<AIL> {
    fn read(&self, offset: usize) -> u32 {
        self.0.read(offset)
    }

    fn write(&self, offset: usize, value: u32) {
        self.0.write(offset, value);
    }

    fn reset(&self) {
        self.0.reset();
    }
}

/// The model itself looks, when it is dropped.
#[test]
fn what_an_earlier_program_left_is_wiped() {
    for ail in [Ail::Nothing, Ail::NeverReady] {
        wipe(&Model::that_ails(ail));
    }
}

/// What it holds goes with the reset that stops it.
#[test]
fn an_accelerator_that_still_works_is_stopped_and_wiped() {
    let model = Model::that_ails(Ail::NeverDone);
    start(&model).unwrap();
    put(&model, RAM, &[0xA5; 512]);
    assert_eq!(run(&model, Mode::Sign), Err(Failure::Broken));
    wipe(&model);
}
