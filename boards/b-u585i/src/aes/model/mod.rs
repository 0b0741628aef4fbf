//! The registers as the reference manual describes them: what they do, and in which order they may be touched. A driver
//! that breaks a rule fails the test; what the block itself ignores, the model ignores.

mod surroundings;

pub(super) use surroundings::{Oscillator, Surroundings};

use super::{
    COMPLETE, Clock, DECRYPT, ENABLE, GCM, IV, KEY, KEY_OF_256, PADDING_AT, PHASE_AT, Register, Registers,
    UNIQUE_KEY,
};
use casemate_firmware::crypto::{Aes256, Key256, SoftwareAes256};
use core::cell::RefCell;
use std::collections::VecDeque;
use std::vec::Vec;

/// What the chip's own key is in the model.
pub(super) const CHIP_KEY: [u8; 32] = [0xC7; 32];
/// What may not change while the block is enabled.
const SETUP: u32 = GCM | KEY_OF_256 | DECRYPT | UNIQUE_KEY;

#[derive(Default)]
pub(super) struct Model(RefCell<State>);

impl Model {
    pub(super) fn saes(surroundings: Surroundings) -> Self {
        Self(RefCell::new(State {
            surroundings,
            ..State::default()
        }))
    }

    /// How often random numbers were fetched.
    pub(super) fn fetched(&self) -> u32 {
        self.0.borrow().surroundings.fetched
    }

    /// Whether the block holds neither a key nor what it made of something.
    pub(super) fn is_empty(&self) -> bool {
        let state = self.0.borrow();
        let has_key = state.key.iter().any(Option::is_some) || state.hash_key != 0;
        state.control == 0 && !has_key && state.output.is_empty() && state.input.is_empty()
    }
}

#[derive(Default)]
struct State {
    surroundings: Surroundings,
    /// Enabled before its key was there.
    has_no_key: bool,
    control: u32,
    key: [Option<u32>; 8],
    iv: [u32; 4],
    interrupts: u32,
    is_computing: bool,
    input: Vec<u8>,
    output: VecDeque<u32>,
    hash_key: u128,
    hash: u128,
    /// What masks the tag.
    mask: u128,
    counter: u128,
}

impl State {
    fn cipher(&self, block: u128) -> u128 {
        let mut key = if self.has_no_key { [0; 32] } else { CHIP_KEY };
        if self.control & UNIQUE_KEY == 0 {
            for (bytes, word) in key.as_chunks_mut().0.iter_mut().zip(self.key) {
                *bytes = word.expect("all of the key is there").to_be_bytes();
            }
        }
        let mut block = block.to_be_bytes();
        SoftwareAes256::new(&Key256::new(key)).encrypt(&mut block);
        u128::from_be_bytes(block)
    }

    const fn phase(&self) -> u32 {
        self.control >> PHASE_AT & 0b11
    }

    const fn is_gcm(&self) -> bool {
        self.control & GCM == GCM
    }

    fn set_control(&mut self, value: u32) {
        if !self.surroundings.is_clocked() || self.surroundings.is_busy() {
            return;
        }
        let was_enabled = self.control & ENABLE != 0;
        let before = self.phase();
        assert!(
            !was_enabled || value & ENABLE == 0 || (value ^ self.control) & SETUP == 0,
            "set up while enabled"
        );
        assert!(
            self.output.is_empty() && self.input.is_empty(),
            "in the middle of a block"
        );
        if value & !self.control & UNIQUE_KEY != 0 {
            self.surroundings.fetch_key();
        }
        self.control = value;
        let starts = value & ENABLE != 0 && !was_enabled;
        self.has_no_key |= starts && value & UNIQUE_KEY != 0 && !self.surroundings.has_key();
        if value & ENABLE == 0 || !self.is_gcm() {
            return;
        }
        assert!(self.phase() >= before, "phases go forward");
        if self.phase() == 0 {
            self.begin();
        }
    }

    /// The init phase, at whose end the block disables itself.
    fn begin(&mut self) {
        self.hash_key = self.cipher(0);
        self.counter = self.iv.iter().fold(0, |iv, word| iv << 32 | u128::from(*word));
        assert_eq!(self.counter as u32, 2, "the counter of the first block");
        self.mask = self.cipher(self.counter - 1);
        self.control &= !ENABLE;
        self.surroundings.compute();
        self.is_computing = true;
    }

    fn take_word(&mut self, word: u32) {
        assert!(self.control & ENABLE != 0, "input while disabled");
        assert!(self.output.is_empty(), "input before the output was read");
        assert!(
            self.interrupts & COMPLETE == 0 && !self.is_computing,
            "input before the flag was cleared"
        );
        self.input.extend(word.to_be_bytes());
        let Some(block) = self.input.first_chunk() else {
            return;
        };
        let block = u128::from_be_bytes(*block);
        self.input.clear();
        let flipped = u128::from(self.surroundings.compute());
        self.is_computing = true;
        if !self.is_gcm() {
            let result = self.cipher(block) ^ flipped;
            return self.give(result);
        }
        match self.phase() {
            1 => self.absorb(block),
            2 => self.crypt(block),
            3 => {
                self.absorb(block);
                self.give(self.hash ^ self.mask);
            }
            _ => panic!("input in the init phase"),
        }
    }

    fn look(&mut self) -> u32 {
        let (status, fault) = self.surroundings.look(self.control & UNIQUE_KEY != 0);
        self.interrupts |= fault;
        status
    }

    fn interrupts(&mut self) -> u32 {
        if self.is_computing && self.surroundings.completes() {
            self.is_computing = false;
            self.interrupts |= COMPLETE;
        }
        self.interrupts
    }

    fn crypt(&mut self, block: u128) {
        let result = block ^ self.cipher(self.counter);
        self.counter += 1;
        let padding = self.control >> PADDING_AT & 0xF;
        assert!(
            padding == 0 || self.control & DECRYPT == 0,
            "padding is told when encrypting"
        );
        let kept = u128::MAX << (8 * padding);
        let ciphertext = if self.control & DECRYPT == 0 {
            result
        } else {
            block
        };
        self.absorb(ciphertext & kept);
        self.give(result);
    }

    fn absorb(&mut self, block: u128) {
        self.hash = product(self.hash ^ block, self.hash_key);
    }

    fn give(&mut self, block: u128) {
        let bytes = block.to_be_bytes();
        self.output
            .extend(bytes.as_chunks().0.iter().copied().map(u32::from_be_bytes));
    }
}

impl Clock for Model {
    fn switch_on(&self) {
        self.0.borrow_mut().surroundings.switch_on();
    }

    fn is_ready(&self) -> bool {
        self.0.borrow_mut().surroundings.is_ready()
    }

    fn let_in(&self) {
        self.0.borrow_mut().surroundings.let_in();
    }
}

/// In the field of SP 800-38D, section 6.3.
fn product(x: u128, y: u128) -> u128 {
    let mut sum = 0;
    let mut shifted = y;
    for place in (0..128).rev() {
        if x >> place & 1 == 1 {
            sum ^= shifted;
        }
        shifted = shifted >> 1 ^ if shifted & 1 == 1 { 0xE1 << 120 } else { 0 };
    }
    sum
}

impl Registers for Model {
    fn read(&self, register: Register) -> u32 {
        let mut state = self.0.borrow_mut();
        match register {
            Register::Status => state.look(),
            Register::Interrupts => state.interrupts(),
            Register::Output => {
                assert!(
                    !state.is_computing && state.interrupts & COMPLETE != 0,
                    "the flag tells that there is output, and is cleared afterwards"
                );
                state.output.pop_front().expect("there is output")
            }
            other => panic!("{other:?} is not read"),
        }
    }

    fn reset(&self) {
        let mut state = self.0.borrow_mut();
        *state = State {
            surroundings: state.surroundings,
            ..State::default()
        };
        state.surroundings.reset();
    }

    fn write(&self, register: Register, value: u32) {
        let mut state = self.0.borrow_mut();
        match register {
            Register::Control => state.set_control(value),
            Register::Input => state.take_word(value),
            Register::Clear => state.interrupts &= !value,
            other => {
                assert!(state.control & ENABLE == 0, "{other:?} written while enabled");
                if let Some(place) = KEY.iter().position(|key| *key == other) {
                    state.key[place] = Some(value);
                } else if let Some(place) = IV.iter().position(|iv| *iv == other) {
                    state.iv[place] = value;
                } else {
                    panic!("{other:?} is not written");
                }
            }
        }
    }
}
