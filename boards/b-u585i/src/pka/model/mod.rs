//! The accelerator as the reference manual describes it: what must lie where, and when it may be touched. A driver that
//! breaks a rule, or leaves anything in the memory, fails the test.

mod curve;

use super::rsa::{
    BASE, EXPONENT, EXPONENT_BITS, MODULUS, OPERAND_BITS, ORDER, PROTECTED_BASE, PROTECTED_EXPONENT,
    PROTECTED_MODULUS, RESULT,
};
use super::*;
use casemate_firmware::crypto::bignum::{Modulus, Uint};
use casemate_firmware::crypto::rsa::{ModExp, SoftwareModExp};
use core::cell::RefCell;
use std::vec;
use std::vec::Vec;

#[derive(Default)]
pub(super) struct Model(RefCell<State>);

struct State {
    control: u32,
    status: u32,
    ram: Vec<u32>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            control: 0,
            status: 0,
            ram: vec![0; RAM_WORDS],
        }
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
        self.status |= DONE;
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
    let mut bytes = vec![0; BITS / 8];
    result.write_be_bytes(&mut bytes);
    bytes
}

impl Registers for Model {
    fn read(&self, offset: usize) -> u32 {
        let state = self.0.borrow();
        match offset {
            STATUS => state.status,
            RAM.. => {
                assert!(state.control & ENABLE != 0, "memory read while disabled");
                state.ram[(offset - RAM) / 4]
            }
            other => panic!("{other:#x} is not read"),
        }
    }

    fn write(&self, offset: usize, value: u32) {
        let mut state = self.0.borrow_mut();
        match offset {
            CONTROL => {
                state.control = value;
                state.status = if value & ENABLE == 0 {
                    0
                } else {
                    state.status | READY
                };
                if value & START != 0 {
                    assert!(value & ENABLE != 0 && value & !0x3F03 == 0, "started {value:#x}");
                    state.run(value >> 8);
                }
            }
            CLEAR => state.status &= !value,
            RAM.. => {
                assert!(state.control & ENABLE != 0, "memory written while disabled");
                state.ram[(offset - RAM) / 4] = value;
            }
            other => panic!("{other:#x} is not written"),
        }
    }
}
