//! The accelerator as the reference manual describes modular exponentiation: what must lie where, and when it may be
//! touched. A driver that breaks a rule fails the test.

use super::*;
use casemate_firmware::crypto::rsa::SoftwareModExp;
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

impl Model {
    pub(super) fn is_scrubbed(&self) -> bool {
        self.0.borrow().ram.iter().all(|word| *word == 0)
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

    fn run(&mut self) {
        let bits = |at: usize| self.ram[(at - RAM) / 4] as usize;
        let (exponent_bits, operand_bits) = (bits(EXPONENT_BITS), bits(OPERAND_BITS));
        let exponent = self.operand(EXPONENT, exponent_bits);
        let [base, modulus] = [BASE, MODULUS].map(|at| self.operand(at, operand_bits));
        let result = match operand_bits {
            1024 => power::<1024, { 1024 / usize::BITS as usize }>(&modulus, &base, &exponent),
            2048 => power::<2048, { 2048 / usize::BITS as usize }>(&modulus, &base, &exponent),
            4096 => power::<4096, { 4096 / usize::BITS as usize }>(&modulus, &base, &exponent),
            other => panic!("{other} bits"),
        };
        put_at(&mut self.ram, RESULT, &result);
        self.status |= DONE;
    }
}

fn put_at(ram: &mut [u32], at: usize, bytes: &[u8]) {
    let words = bytes.as_chunks().0.iter().rev();
    for (place, word) in ram[(at - RAM) / 4..].iter_mut().zip(words) {
        *place = u32::from_be_bytes(*word);
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
                    assert!(value & ENABLE != 0 && value >> 8 == 0, "started {value:#x}");
                    state.run();
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
