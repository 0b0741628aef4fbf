//! What can happen to bytes on a line.

use crate::dice::Dice;
use std::collections::VecDeque;
use std::time::Duration;

/// How often what happens; 0 means never.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// Mean number of bytes from one that is dropped, flipped, repeated, inserted or swapped to the next.
    pub bytes: usize,
    /// Mean number of frames from one that is dropped, repeated, held back or said again much later to the next.
    pub frames: usize,
    /// Mean number of frames from one stall to the next.
    pub stalls: usize,
}

impl Faults {
    /// An honest line.
    pub const NONE: Self = Self {
        bytes: 0,
        frames: 0,
        stalls: 0,
    };
}

/// How often each fault has happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Bytes: dropped, flipped, repeated, inserted, swapped.
    pub bytes: [u64; 5],
    /// Frames: dropped, repeated, held back behind the next, said again later.
    pub frames: [u64; 4],
    /// Stalls.
    pub stalls: u64,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.bytes
            .iter_mut()
            .zip(other.bytes)
            .for_each(|(sum, n)| *sum += n);
        self.frames
            .iter_mut()
            .zip(other.frames)
            .for_each(|(sum, n)| *sum += n);
        self.stalls += other.stalls;
        self
    }

    /// Whether every kind of fault has happened.
    pub fn is_complete(&self) -> bool {
        self.bytes.iter().chain(&self.frames).all(|&n| n > 0) && self.stalls > 0
    }
}

const DELIMITER: u8 = 0;
/// Frames remembered to be said again.
const MEMORY: usize = 64;
/// Longer than any frame: what has no delimiter for so long is passed on as it is.
const LONGEST: usize = 16 * 1024;

/// One direction of a line. Takes bytes as they come, gives them out as they arrive at the other end.
pub struct Mangler {
    dice: Dice,
    partial: Vec<u8>,
    held: Option<Vec<u8>>,
    memory: VecDeque<Vec<u8>>,
    tally: Tally,
}

/// What comes out of a [`Mangler`].
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Nothing, for so long.
    Stall(Duration),
}

impl Mangler {
    /// A direction whose faults are decided by these dice.
    pub fn new(dice: Dice) -> Self {
        Self {
            dice,
            partial: Vec::new(),
            held: None,
            memory: VecDeque::new(),
            tally: Tally::default(),
        }
    }

    /// What has happened so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Passes bytes through. Without faults they come out as they went in.
    pub fn pass(&mut self, input: &[u8], faults: &Faults) -> Vec<Output> {
        if *faults == Faults::NONE {
            return self.pass_honestly(input);
        }
        let mut output = Vec::new();
        for piece in input.split_inclusive(|&byte| byte == DELIMITER) {
            self.partial.extend_from_slice(piece);
            if piece.ends_with(&[DELIMITER]) || self.partial.len() > LONGEST {
                let frame = std::mem::take(&mut self.partial);
                self.frame(frame, faults, &mut output);
            }
        }
        output
    }

    /// What was held back is lost: an honest line owes nothing from before.
    fn pass_honestly(&mut self, input: &[u8]) -> Vec<Output> {
        self.held = None;
        let mut bytes = std::mem::take(&mut self.partial);
        bytes.extend_from_slice(input);
        vec![Output::Bytes(bytes)]
    }

    fn frame(&mut self, frame: Vec<u8>, faults: &Faults, output: &mut Vec<Output>) {
        if self.dice.once_in(faults.stalls) {
            self.tally.stalls += 1;
            output.push(Output::Stall(self.stall()));
        }
        self.remember(&frame);
        let mut bytes = match self.dice.once_in(faults.frames) {
            true => self.mistreat(frame),
            false => frame,
        };
        if let Some(held) = self.held.take_if(|_| !bytes.is_empty()) {
            bytes.extend(held);
        }
        output.push(Output::Bytes(self.damage(&bytes, faults.bytes)));
    }

    fn mistreat(&mut self, mut frame: Vec<u8>) -> Vec<u8> {
        let kind = self.dice.below(self.tally.frames.len());
        self.tally.frames[kind] += 1;
        match kind {
            0 => return Vec::new(),
            1 => frame.extend_from_within(..),
            2 => self.held = Some(std::mem::take(&mut frame)),
            _ => {
                let earlier = self.dice.below(self.memory.len());
                frame.extend_from_slice(&self.memory[earlier]);
            }
        }
        frame
    }

    fn remember(&mut self, frame: &[u8]) {
        if self.memory.len() == MEMORY {
            self.memory.pop_front();
        }
        self.memory.push_back(frame.to_vec());
    }

    /// Mostly shorter than anybody notices, sometimes longer than a session lives.
    fn stall(&mut self) -> Duration {
        let longest = self.dice.pick(&[20, 20, 20, 20, 300, 300, 3000]);
        Duration::from_millis(self.dice.below(longest) as u64)
    }

    fn damage(&mut self, bytes: &[u8], mean: usize) -> Vec<u8> {
        let mut damaged = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            match self.dice.once_in(mean) {
                true => self.damage_one(byte, &mut damaged),
                false => damaged.push(byte),
            }
        }
        damaged
    }

    fn damage_one(&mut self, byte: u8, damaged: &mut Vec<u8>) {
        let kind = self.dice.below(self.tally.bytes.len());
        self.tally.bytes[kind] += 1;
        match kind {
            0 => {}
            1 => damaged.push(byte ^ (1 << self.dice.below(8))),
            2 => damaged.extend([byte, byte]),
            3 => damaged.extend([byte, self.dice.roll() as u8]),
            _ => {
                let at = damaged.len().saturating_sub(1);
                damaged.insert(at, byte);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(count: usize) -> Vec<u8> {
        (0..count)
            .flat_map(|n| [1 + (n % 200) as u8; 30].into_iter().chain([0]))
            .collect()
    }

    fn bytes(output: Vec<Output>) -> Vec<u8> {
        let bytes = output.into_iter().filter_map(|output| match output {
            Output::Bytes(bytes) => Some(bytes),
            Output::Stall(_) => None,
        });
        bytes.flatten().collect()
    }

    #[test]
    fn an_honest_line_changes_nothing() {
        let mut line = Mangler::new(Dice::new(1));
        let input = frames(100);
        let through: Vec<u8> = input
            .chunks(7)
            .flat_map(|piece| bytes(line.pass(piece, &Faults::NONE)))
            .collect();
        assert_eq!(through, input);
        assert_eq!(line.tally(), Tally::default());
    }

    #[test]
    fn every_fault_happens_and_the_seed_repeats_it() {
        let faults = Faults {
            bytes: 50,
            frames: 5,
            stalls: 20,
        };
        let run = |seed| {
            let mut line = Mangler::new(Dice::new(seed));
            let output = line.pass(&frames(2000), &faults);
            (output, line.tally())
        };
        assert!(run(1).1.is_complete(), "{:?}", run(1).1);
        assert_eq!(run(1), run(1));
        assert_ne!(run(1).0, run(2).0);
    }

    #[test]
    fn a_held_frame_comes_behind_the_next() {
        let faults = Faults {
            frames: 2,
            ..Faults::NONE
        };
        let mut line = Mangler::new(Dice::new(3));
        let through = bytes(line.pass(&frames(200), &faults));
        let order: Vec<u8> = through
            .split(|&byte| byte == 0)
            .filter_map(|frame| frame.first().copied())
            .collect();
        assert!(line.tally().frames[2] > 0);
        assert!(order.windows(2).any(|pair| pair[0] == pair[1] + 1), "{order:?}");
    }
}
