//! The accelerator as the reference manual describes it: what must lie where, when it may be touched, and how it fails. A
//! driver that breaks a rule, or leaves anything in the memory, fails the test.

mod curve;

use super::*;
use casemate_firmware::crypto::bignum::{Modulus, Uint};
use casemate_firmware::crypto::rsa::{ModExp, SoftwareModExp};
use core::cell::RefCell;
use std::vec;
use std::vec::Vec;

/// By the tables of the manual and the maker's headers, and not by the driver's names.
const EXPONENT_BITS: usize = 0x400;
const OPERAND_BITS: usize = 0x408;
const RESULT: usize = 0x838;
const BASE: usize = 0xC68;
const EXPONENT: usize = 0xE78;
const MODULUS: usize = 0x1088;
const PROTECTED_BASE: usize = 0x16C8;
const PROTECTED_EXPONENT: usize = 0x14B8;
const PROTECTED_MODULUS: usize = 0x838;
const ORDER: usize = 0xC68;
const PROTECTED_STATUS: usize = 0x1298;
const WENT_WELL: u32 = 0xD60D;
/// Writes that it ignores while it clears its memory, and looks at the status until it is ready and until it has worked.
const CLEARING: u32 = 3;
const INITIALIZING: u32 = 4;
const WORKING: u32 = 5;
/// What an earlier program left in each word.
const LEFT: u32 = 0x1EF7_1EF7;
/// What a word of memory reads as that may not be touched.
const GARBAGE: u32 = 0xBAD0_BAD0;
const RAM_FAULT: u32 = 1 << 19;

/// What ails it, which no reset heals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Ail {
    #[default]
    Nothing,
    /// There are no random numbers for it.
    NeverReady,
    NeverDone,
    /// It ends with this flag too, and without a result.
    Flags(u32),
    /// It signals a fault in the midst of its work, from then on reads as 0 and takes no writes, until it is reset.
    Faults,
    /// It ends, and the word says that the computation failed.
    Word,
}

#[derive(Default)]
pub(super) struct Model(RefCell<State>);

struct State {
    ail: Ail,
    control: u32,
    flags: u32,
    ram: Vec<u32>,
    clearing: u32,
    initializing: u32,
    working: u32,
    has_faulted: bool,
    /// Where operands were written, in that order.
    written: Vec<usize>,
}

impl Default for State {
    /// As the chip comes up: with what an earlier program left in the memory.
    fn default() -> Self {
        Self {
            ail: Ail::Nothing,
            control: 0,
            flags: 0,
            ram: vec![LEFT; RAM_WORDS],
            clearing: CLEARING,
            initializing: 0,
            working: 0,
            has_faulted: false,
            written: Vec::new(),
        }
    }
}

impl Model {
    pub(super) fn that_ails(ail: Ail) -> Self {
        let model = Self::default();
        model.0.borrow_mut().ail = ail;
        model
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        let state = self.0.borrow();
        let is_left = state.control != 0 || state.ram.iter().any(|word| *word != 0);
        assert!(
            !is_left || std::thread::panicking(),
            "something was left in the memory"
        );
    }
}

impl State {
    /// An operand of this many bits, which 64 zero bits close.
    fn operand(&self, at: usize, bits: usize) -> Vec<u8> {
        let words = bits / 32;
        let first = (at - RAM) / 4;
        let after = &self.ram[first + words..first + words + 2];
        assert_eq!(after, [0, 0], "the operand at {at:#x} is not closed");
        let words = self.ram[first..first + words].iter().rev();
        words.flat_map(|word| word.to_be_bytes()).collect()
    }

    /// A number that has 64 bits and fills 32 at most.
    fn number(&self, at: usize) -> u32 {
        let first = (at - RAM) / 4;
        assert_eq!(self.ram[first + 1], 0, "the number at {at:#x} is too large");
        self.ram[first]
    }

    fn is_enabled(&self) -> bool {
        self.control & ENABLE != 0
    }

    fn is_ready(&self) -> bool {
        self.is_enabled() && self.initializing == 0 && self.ail != Ail::NeverReady
    }

    fn status(&mut self) -> u32 {
        self.initializing = self.initializing.saturating_sub(1);
        if self.ail != Ail::NeverDone {
            self.working = self.working.saturating_sub(1);
        }
        // Its registers are not to be had at first, as the manual says of what works on secrets.
        if self.working > 2 && self.ail != Ail::NeverDone {
            return 0;
        }
        // The end is told a look before its memory may be touched.
        let hidden = if self.working > 1 { DONE } else { 0 };
        [(self.is_ready(), READY), (self.working > 0, BUSY)]
            .into_iter()
            .fold(self.flags & !hidden, |status, (is_set, flag)| {
                status | if is_set { flag } else { 0 }
            })
    }

    fn set_control(&mut self, value: u32) {
        if self.clearing > 0 {
            self.clearing -= 1;
            return;
        }
        if value & ENABLE == 0 {
            (self.working, self.flags) = (0, 0);
        } else if !self.is_enabled() {
            self.initializing = INITIALIZING;
        }
        let is_mode_set = value & !START == self.control;
        self.control = value & !START;
        if value & START != 0 && self.is_ready() && self.working == 0 {
            assert!(is_mode_set && value & !0x3F03 == 0, "started {value:#x}");
            self.begin(value >> 8);
        }
    }

    fn begin(&mut self, mode: u32) {
        self.working = WORKING;
        match self.ail {
            Ail::Nothing | Ail::Word => self.run(mode),
            Ail::NeverReady | Ail::NeverDone => {}
            Ail::Flags(flags) => self.flags |= flags | DONE,
            Ail::Faults => self.has_faulted = true,
        }
        self.written.clear();
    }

    /// A word of memory, when it may be touched.
    fn place(&mut self, offset: usize) -> Option<&mut u32> {
        if self.working > 0 {
            self.flags |= RAM_FAULT;
            return None;
        }
        self.is_ready().then(|| &mut self.ram[(offset - RAM) / 4])
    }

    /// The operands of this operation were written as ST's own driver does.
    fn assert_order(&self, order: &[usize]) {
        let written = self.written.iter().filter(|at| order.contains(at));
        assert!(written.eq(order), "{:#x?} is not the order", self.written);
    }

    fn run(&mut self, mode: u32) {
        match mode {
            0x00 => self.exponentiate(),
            0x01 => self.montgomery_parameter(),
            0x03 => self.exponentiate_protected(),
            0x20 => self.multiply_point(),
            0x24 => self.sign(),
            0x26 => self.verify(),
            0x28 => self.check_point(),
            other => panic!("mode {other:#x}"),
        }
        self.flags |= DONE;
    }

    fn exponentiate(&mut self) {
        let [exponent_bits, operand_bits] = [EXPONENT_BITS, OPERAND_BITS].map(|at| self.number(at) as usize);
        let exponent = self.operand(EXPONENT, exponent_bits);
        assert!(exponent.len() == 4, "an exponent of this length is secret");
        let [base, modulus] = [BASE, MODULUS].map(|at| self.operand(at, operand_bits));
        put_at(&mut self.ram, RESULT, &power_of(&modulus, &base, &exponent));
    }

    /// Adds what it likes of the order to the exponent, once here: which changes nothing if it is the order.
    fn exponentiate_protected(&mut self) {
        let [exponent_bits, operand_bits] = [EXPONENT_BITS, OPERAND_BITS].map(|at| self.number(at) as usize);
        let exponent = self.operand(PROTECTED_EXPONENT, exponent_bits);
        let [base, modulus, order] =
            [PROTECTED_BASE, PROTECTED_MODULUS, ORDER].map(|at| self.operand(at, operand_bits));
        let [one, rest @ ..] = &*power_of(&modulus, &base, &order)
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
        else {
            panic!("no bytes");
        };
        assert!(*one == 1 && rest.iter().all(|byte| *byte == 0), "not the order");
        put_at(&mut self.ram, RESULT, &power_of(&modulus, &base, &exponent));
        let status = if self.ail == Ail::Word { 0xCBC9 } else { WENT_WELL };
        put_at(&mut self.ram, PROTECTED_STATUS, &status.to_be_bytes());
    }
}

fn put_at(ram: &mut [u32], at: usize, bytes: &[u8]) {
    let words = bytes.as_chunks().0.iter().rev();
    for (place, word) in ram[(at - RAM) / 4..].iter_mut().zip(words) {
        *place = u32::from_be_bytes(*word);
    }
}

fn power_of(modulus: &[u8], base: &[u8], exponent: &[u8]) -> Vec<u8> {
    match modulus.len() * 8 {
        1024 => power::<1024, { 1024 / usize::BITS as usize }>(modulus, base, exponent),
        2048 => power::<2048, { 2048 / usize::BITS as usize }>(modulus, base, exponent),
        4096 => power::<4096, { 4096 / usize::BITS as usize }>(modulus, base, exponent),
        other => panic!("{other} bits"),
    }
}

fn power<const BITS: usize, const N: usize>(modulus: &[u8], base: &[u8], exponent: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| Uint::<N>::from_be_bytes(bytes).expect("it fits");
    let result = SoftwareModExp::secret(&Modulus::new(&number(modulus)), &number(base), &number(exponent));
    let result = result.expect("software does not fail");
    let mut bytes = vec![0; BITS / 8];
    result.write_be_bytes(&mut bytes);
    bytes
}

impl Registers for Model {
    fn read(&self, offset: usize) -> u32 {
        let mut state = self.0.borrow_mut();
        match offset {
            _ if state.has_faulted => 0,
            CONTROL => state.control,
            STATUS => state.status(),
            RAM.. => state.place(offset).map_or(GARBAGE, |word| *word),
            other => panic!("{other:#x} is not read"),
        }
    }

    fn write(&self, offset: usize, value: u32) {
        let mut state = self.0.borrow_mut();
        match offset {
            _ if state.has_faulted => {}
            CONTROL => state.set_control(value),
            CLEAR => state.flags &= !value,
            RAM.. => {
                state.written.push(offset);
                if let Some(word) = state.place(offset) {
                    *word = value;
                }
            }
            other => panic!("{other:#x} is not written"),
        }
    }

    fn reset(&self) {
        let mut state = self.0.borrow_mut();
        *state = State {
            ail: state.ail,
            ram: vec![0; RAM_WORDS],
            ..State::default()
        };
    }
}
