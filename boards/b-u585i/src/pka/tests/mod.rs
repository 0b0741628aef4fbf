mod p256;
mod rsa;

use super::model::{Ail, Model};
use super::{
    BUSY, CLEAR, CONTROL, DONE, ENABLE, FAULTS as FAULT_FLAGS, Failure, MODE_AT, Mode, RAM, RAM_WORDS, READY,
    Registers, START, STATUS, put, run, start, wipe,
};
use crate::published;

#[test]
fn registers_and_bits_are_the_published_ones() {
    for (name, at) in [("cr", CONTROL), ("sr", STATUS), ("clrfr", CLEAR), ("ram", RAM)] {
        assert_eq!(published::at("PKA", name), at, "{name}");
    }
    assert_eq!(published::row("PKA", "ram").len(), RAM_WORDS);
    let bits = [
        ("cr", "en"),
        ("cr", "start"),
        ("sr", "initok"),
        ("sr", "busy"),
        ("sr", "procendf"),
    ];
    let bits = bits.map(|(register, field)| published::bit("PKA", register, field));
    assert_eq!(bits, [ENABLE, START, READY, BUSY, DONE]);
    let faults = ["ramerrf", "addrerrf", "operrf"].map(|field| published::bit("PKA", "sr", field));
    assert_eq!(faults.into_iter().sum::<u32>(), FAULT_FLAGS);
    assert_eq!(published::low_bit("PKA", "cr", "mode"), MODE_AT);
}

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
