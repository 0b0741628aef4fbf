//! The processor as the reference manual describes it: its input buffer of 17 words, when it works, and when which
//! register may be touched. What the context registers hold is its own affair, as it is on the chip. A driver that breaks a
//! rule fails the test.

use super::*;
use sha2::block_api::compress256;
use std::collections::VecDeque;
use std::vec::Vec;

const BUFFER_WORDS: usize = 17;
const BLOCK_WORDS: usize = 16;
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
/// Looks at the status that a block takes, of which the last show room for another one already.
const WORK: u32 = 5;
const ROOM_EARLY: u32 = 2;
const LAST_BITS: u32 = 0b1_1111;

#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Model {
    control: u32,
    start: u32,
    buffer: VecDeque<u32>,
    /// Words that the processor has taken.
    taken: u64,
    chain: [u32; 8],
    context: Vec<u32>,
    busy: u32,
    is_digest: bool,
    /// The processor stops before this many more blocks; never, if there is none.
    pub(super) fails_after: Option<u32>,
}

impl Model {
    /// What ails the processor, a reset does not heal.
    pub(super) fn reset(&mut self) {
        *self = Self {
            fails_after: self.fails_after,
            ..Self::default()
        };
    }

    pub(super) fn is_wiped(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn read(&mut self, offset: usize) -> u32 {
        match offset {
            STATUS => self.status(),
            CONTEXT..DIGEST => {
                let word = self.context()[(offset - CONTEXT) / 4];
                // What it works on is neither here nor there yet.
                if self.busy > 0 { !word } else { word }
            }
            DIGEST.. => {
                assert!(self.is_digest && self.busy == 0, "there is no digest yet");
                self.chain[(offset - DIGEST) / 4]
            }
            other => panic!("{other:#x} is not read"),
        }
    }

    pub(super) fn write(&mut self, offset: usize, value: u32) {
        assert_eq!(self.busy, 0, "{offset:#x} written while it works");
        match offset {
            CONTROL => self.set_control(value),
            INPUT => self.take(value),
            START => self.set_start(value),
            CONTEXT..DIGEST => self.restore((offset - CONTEXT) / 4, value),
            other => panic!("{other:#x} is not written"),
        }
    }

    fn status(&mut self) -> u32 {
        if self.fails_after == Some(0) {
            return BUSY;
        }
        if self.busy > 0 {
            self.busy -= 1;
            return if self.busy < ROOM_EARLY { BUSY | ROOM } else { BUSY };
        }
        let is_begun = self.control & BEGIN != 0;
        let has_room = is_begun && self.buffer.len() <= BUFFER_WORDS - BLOCK_WORDS;
        [(has_room, ROOM), (self.is_digest, CALCULATED)]
            .into_iter()
            .fold(0, |status, (is_set, flag)| status | if is_set { flag } else { 0 })
    }

    fn set_control(&mut self, value: u32) {
        assert_eq!(value & !BEGIN, SETUP, "another hash");
        assert!(
            value & BEGIN == 0 || self.control & SETUP == SETUP,
            "set up first"
        );
        self.control = value;
        if value & BEGIN != 0 {
            (self.buffer, self.taken, self.chain) = (VecDeque::new(), 0, INITIAL);
            (self.context, self.is_digest) = (Vec::new(), false);
        }
    }

    fn take(&mut self, word: u32) {
        assert!(self.control & BEGIN != 0 && !self.is_digest, "input at no time");
        self.settle();
        self.buffer.push_back(word);
        if self.buffer.len() == BUFFER_WORDS {
            let block: Vec<u8> = self
                .buffer
                .drain(..BLOCK_WORDS)
                .flat_map(u32::to_le_bytes)
                .collect();
            self.taken += BLOCK_WORDS as u64;
            self.work(&block);
        }
    }

    fn work(&mut self, block: &[u8]) {
        self.fails_after = self.fails_after.map(|left| left.saturating_sub(1));
        compress256(&mut self.chain, &[block.try_into().expect("it is a block")]);
        self.busy = WORK;
    }

    fn set_start(&mut self, value: u32) {
        if value & CALCULATE == 0 {
            self.start = value;
            return;
        }
        assert_eq!(
            value & LAST_BITS,
            self.start,
            "its bits are to stand there before"
        );
        self.settle();
        let words = self.taken + self.buffer.len() as u64;
        assert!(
            words > 0,
            "what becomes of a message without words stands nowhere"
        );
        let unused = (32 - u64::from(self.start)) % 32;
        let bits = words * 32 - unused;
        let mut last: Vec<u8> = self.buffer.drain(..).flat_map(u32::to_le_bytes).collect();
        last.truncate(last.len() - (unused / 8) as usize);
        last.push(0x80);
        while last.len() % BLOCK_LEN != BLOCK_LEN - 8 {
            last.push(0);
        }
        last.extend(bits.to_be_bytes());
        last.chunks(BLOCK_LEN).for_each(|block| self.work(block));
        self.is_digest = true;
    }

    fn context(&self) -> Vec<u32> {
        let mut words = std::vec![
            self.buffer.len() as u32,
            self.taken as u32,
            (self.taken >> 32) as u32
        ];
        words.extend(self.chain);
        words.extend(&self.buffer);
        words.resize(CONTEXT_WORDS, 0xC0DE);
        words
    }

    fn restore(&mut self, place: usize, word: u32) {
        assert!(self.control & BEGIN != 0, "begun first");
        assert!(
            self.taken == 0 && self.buffer.is_empty(),
            "restored in the midst of a message"
        );
        assert_eq!(place, self.context.len(), "in order");
        self.context.push(word);
    }

    /// What was restored counts from the next input on.
    fn settle(&mut self) {
        if self.context.is_empty() {
            return;
        }
        assert_eq!(
            self.context.len(),
            CONTEXT_WORDS,
            "only a part of a context was restored"
        );
        let words = std::mem::take(&mut self.context);
        self.taken = u64::from(words[1]) | u64::from(words[2]) << 32;
        self.chain.copy_from_slice(&words[3..11]);
        self.buffer = words[11..].iter().take(words[0] as usize).copied().collect();
    }
}
