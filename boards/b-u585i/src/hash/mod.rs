//! SHA-256 by the hash processor (RM0456, chapter "Hash processor (HASH)").
//!
//! The processor holds one message at a time and belongs to whoever feeds it: after each piece what it has made so far is
//! read from its context registers into the hash, which can therefore be cloned and take turns with others, and the
//! processor is reset, so that nothing of a message stays in it. Its input buffer has 17 words and it works on the first 16
//! once the last is there; so the first piece is a block and a word, and those after it are blocks.
//!
//! HMAC stays in software: what it hashes are keys, which lie in no peripheral's registers that way, and it keeps the states
//! that follow from a key, which saves half of the blocks of a short input.

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
mod watch;

pub use watch::Watch;

use casemate_firmware::crypto::Hash;
use core::marker::PhantomData;
use zeroize::Zeroizing;

/// The processor's registers, by their offsets.
pub trait Registers {
    /// Reads a register.
    fn read(&self, offset: usize) -> u32;

    /// Writes a register.
    fn write(&self, offset: usize, value: u32);

    /// Puts the processor into the state after a reset of the chip, in which it holds nothing.
    fn reset(&self);

    /// Hears how each use of the processor has ended. There is no digest to give after a failure, and none that would be
    /// known for wrong wherever digests are used: this does not return then, unless the self-test of the start is still to
    /// find the digest of zeros; see [`Watch`].
    fn ended(&self, outcome: Result<(), Stuck>);
}

/// The processor did not do in time what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stuck;

const CONTROL: usize = 0x00;
const INPUT: usize = 0x04;
const START: usize = 0x08;
const STATUS: usize = 0x24;
const CONTEXT: usize = 0xF8;
const DIGEST: usize = 0x310;

/// SHA-256 of bytes, of which the least significant of a word comes first.
const SETUP: u32 = 0b11 << 17 | 0b10 << 4;
const BEGIN: u32 = 1 << 2;
/// In `START`: pads the message and makes the digest. How many bits of the last word count has to stand there before.
const CALCULATE: u32 = 1 << 8;
/// In `STATUS`: there is room for a block; the digest is there; a block is worked on. The context may be read when there is
/// room and nothing is worked on.
const ROOM: u32 = 1 << 0;
const CALCULATED: u32 = 1 << 1;
const BUSY: u32 = 1 << 3;

const LEN: usize = 32;
const WORD_LEN: usize = 4;
const BLOCK_LEN: usize = 64;
const FIRST_LEN: usize = BLOCK_LEN + WORD_LEN;
/// The digest of nothing (FIPS 180-4): the manual does not say what the processor makes of a message without words.
const EMPTY: [u8; LEN] = *b"\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24\
    \x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99\x1b\x78\x52\xb8\x55";

/// Words of context that hashes need; those after them are HMAC's.
const CONTEXT_WORDS: usize = 38;
/// Looks at the status: a block takes less than a hundred cycles.
const LOOKS: u32 = 100_000;

/// SHA-256 by the processor that `R` reaches.
pub struct HardwareSha256<R> {
    context: Zeroizing<[u32; CONTEXT_WORDS]>,
    /// Whether the context holds anything.
    is_begun: bool,
    pending: Zeroizing<[u8; FIRST_LEN]>,
    pending_len: usize,
    outcome: Result<(), Stuck>,
    registers: PhantomData<R>,
}

impl<R> Default for HardwareSha256<R> {
    fn default() -> Self {
        Self {
            context: Zeroizing::new([0; CONTEXT_WORDS]),
            is_begun: false,
            pending: Zeroizing::new([0; FIRST_LEN]),
            pending_len: 0,
            outcome: Ok(()),
            registers: PhantomData,
        }
    }
}

// Not derived: the registers themselves are never copied.
impl<R> Clone for HardwareSha256<R> {
    fn clone(&self) -> Self {
        Self {
            context: self.context.clone(),
            pending: self.pending.clone(),
            ..*self
        }
    }
}

impl<R: Registers + Default> Hash<LEN> for HardwareSha256<R> {
    fn update(&mut self, input: &[u8]) {
        let rest = self.keep(input);
        if rest.is_empty() || self.outcome.is_err() {
            return;
        }
        let processor = R::default();
        self.outcome = self.absorb(&processor, rest);
        processor.reset();
        processor.ended(self.outcome);
    }

    fn finish(self) -> [u8; LEN] {
        if !self.is_begun && self.pending_len == 0 && self.outcome.is_ok() {
            return EMPTY;
        }
        let processor = R::default();
        let digest = self.outcome.and_then(|()| self.conclude(&processor));
        processor.reset();
        processor.ended(digest.map(|_| ()));
        digest.unwrap_or_default()
    }
}

impl<R: Registers> HardwareSha256<R> {
    /// Keeps as much of the input as there is room for; gives the rest.
    fn keep<'i>(&mut self, input: &'i [u8]) -> &'i [u8] {
        let room = if self.is_begun { BLOCK_LEN } else { FIRST_LEN };
        let free = self.pending.get_mut(self.pending_len..room).unwrap_or_default();
        let len = free.len().min(input.len());
        let (kept, rest) = input.split_at_checked(len).unwrap_or_default();
        free.iter_mut().zip(kept).for_each(|(to, from)| *to = *from);
        self.pending_len = self.pending_len.saturating_add(len);
        rest
    }

    fn pending(&self) -> &[u8] {
        self.pending.get(..self.pending_len).unwrap_or_default()
    }

    /// Hashes what is pending, which fills its room, and of the rest all but the last piece.
    #[inline(never)]
    fn absorb(&mut self, processor: &R, mut rest: &[u8]) -> Result<(), Stuck> {
        self.resume(processor)?;
        while !rest.is_empty() {
            put(processor, self.pending());
            until(processor, ROOM | BUSY, ROOM)?;
            (self.is_begun, self.pending_len) = (true, 0);
            rest = self.keep(rest);
        }
        let places = (CONTEXT..).step_by(WORD_LEN);
        for (word, place) in self.context.iter_mut().zip(places) {
            *word = processor.read(place);
        }
        Ok(())
    }

    #[inline(never)]
    fn conclude(&self, processor: &R) -> Result<[u8; LEN], Stuck> {
        self.resume(processor)?;
        let last_bits = (self.pending_len % WORD_LEN * 8) as u32;
        processor.write(START, last_bits);
        put(processor, self.pending());
        until(processor, BUSY, 0)?;
        processor.write(START, CALCULATE | last_bits);
        until(processor, CALCULATED, CALCULATED)?;
        let mut digest = [0; LEN];
        let (words, _none) = digest.as_chunks_mut();
        for (word, place) in words.iter_mut().zip((DIGEST..).step_by(WORD_LEN)) {
            *word = processor.read(place).to_be_bytes();
        }
        Ok(digest)
    }

    fn resume(&self, processor: &R) -> Result<(), Stuck> {
        processor.write(CONTROL, SETUP);
        processor.write(CONTROL, SETUP | BEGIN);
        until(processor, ROOM | BUSY, ROOM)?;
        if self.is_begun {
            let places = (CONTEXT..).step_by(WORD_LEN);
            for (word, place) in self.context.iter().zip(places) {
                processor.write(place, *word);
            }
        }
        Ok(())
    }
}

/// Words of the message, of which the last may be filled up with zeros.
fn put(processor: &impl Registers, bytes: &[u8]) {
    for piece in bytes.chunks(WORD_LEN) {
        let word = piece
            .iter()
            .rev()
            .fold(0, |word, byte| word << 8 | u32::from(*byte));
        processor.write(INPUT, word);
    }
}

fn until(processor: &impl Registers, mask: u32, value: u32) -> Result<(), Stuck> {
    let reached = (0..LOOKS).any(|_| processor.read(STATUS) & mask == value);
    reached.then_some(()).ok_or(Stuck)
}
