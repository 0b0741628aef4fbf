//! A byte queue between one interrupt handler and one task, without locks.

use core::{
    cell::UnsafeCell,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// A queue of at most `N` bytes, `N` a power of two. One [`Producer`] and one [`Consumer`] share it.
///
/// `written` and `read` count bytes since start, wrapping; a byte's place is its count modulo `N`. The places from
/// `read` to `written` belong to the consumer, all others to the producer, and each side only ever moves its own
/// count, after it is done with the places that it gives away.
pub struct Ring<const N: usize> {
    bytes: UnsafeCell<[u8; N]>,
    written: AtomicUsize,
    read: AtomicUsize,
    split: AtomicBool,
}

// SAFETY: the bytes are reached through `Producer` and `Consumer` only, of which `split` makes one each; the two touch
// disjoint places, handed over by release stores and acquire loads of the counts.
unsafe impl<const N: usize> Sync for Ring<N> {}

impl<const N: usize> Ring<N> {
    const MASK: usize = {
        assert!(N.is_power_of_two());
        N - 1
    };

    /// An empty ring.
    #[expect(clippy::new_without_default, reason = "a ring is only of use in a static")]
    pub const fn new() -> Self {
        Self {
            bytes: UnsafeCell::new([0; N]),
            written: AtomicUsize::new(0),
            read: AtomicUsize::new(0),
            split: AtomicBool::new(false),
        }
    }

    /// The two ends, the first time; `None` ever after.
    pub fn split(&self) -> Option<(Producer<'_, N>, Consumer<'_, N>)> {
        if self.split.swap(true, Ordering::AcqRel) {
            return None;
        }
        Some((Producer { ring: self }, Consumer { ring: self }))
    }

    fn place(&self, count: usize) -> *mut u8 {
        self.bytes.get().cast::<u8>().wrapping_add(count & Self::MASK)
    }

    /// Contiguous places from `count` to the end of the array, at most `len`.
    fn contiguous(count: usize, len: usize) -> usize {
        len.min(N - (count & Self::MASK))
    }
}

/// The end that bytes go into.
pub struct Producer<'r, const N: usize> {
    ring: &'r Ring<N>,
}

impl<const N: usize> Producer<'_, N> {
    /// Whether [`Self::push`] would take nothing.
    pub fn is_full(&self) -> bool {
        self.free() == 0
    }

    /// Takes as many of the bytes as there is room for, and tells how many.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        let written = self.ring.written.load(Ordering::Relaxed);
        let len = bytes.len().min(self.free());
        let first = Ring::<N>::contiguous(written, len);
        let (head, tail) = bytes[..len].split_at(first);
        for (at, part) in [(written, head), (written.wrapping_add(first), tail)] {
            // SAFETY: the `len` free places from `written` on are the producer's until the store below; each part
            // lies within the array by `contiguous`, and a caller's slice cannot overlap it.
            unsafe { core::ptr::copy_nonoverlapping(part.as_ptr(), self.ring.place(at), part.len()) };
        }
        self.ring
            .written
            .store(written.wrapping_add(len), Ordering::Release);
        len
    }

    fn free(&self) -> usize {
        let written = self.ring.written.load(Ordering::Relaxed);
        N - written.wrapping_sub(self.ring.read.load(Ordering::Acquire))
    }
}

/// The end that bytes come out of.
pub struct Consumer<'r, const N: usize> {
    ring: &'r Ring<N>,
}

impl<const N: usize> Consumer<'_, N> {
    /// The oldest bytes, as many as lie side by side; empty only when there are none.
    pub fn readable(&self) -> &[u8] {
        let read = self.ring.read.load(Ordering::Relaxed);
        let len = Ring::<N>::contiguous(read, self.len());
        // SAFETY: these places hold bytes that the producer has written and given away, and it does not touch them
        // before `consume`, which needs the borrow to have ended, moves `read` past them.
        unsafe { core::slice::from_raw_parts(self.ring.place(read), len) }
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets the oldest `len` bytes, or all if there are fewer.
    pub fn consume(&mut self, len: usize) {
        let read = self.ring.read.load(Ordering::Relaxed);
        let len = len.min(self.len());
        self.ring.read.store(read.wrapping_add(len), Ordering::Release);
    }

    /// The oldest byte.
    pub fn pop(&mut self) -> Option<u8> {
        let byte = *self.readable().first()?;
        self.consume(1);
        Some(byte)
    }

    fn len(&self) -> usize {
        let written = self.ring.written.load(Ordering::Acquire);
        written.wrapping_sub(self.ring.read.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{thread, vec::Vec};

    #[test]
    fn splits_once() {
        let ring = Ring::<4>::new();
        assert!(ring.split().is_some());
        assert!(ring.split().is_none());
    }

    #[test]
    fn takes_what_fits_and_gives_it_back_in_order() {
        let ring = Ring::<8>::new();
        let (mut producer, mut consumer) = ring.split().unwrap();
        assert_eq!(producer.push(b"abcdef"), 6);
        consumer.consume(4);
        assert_eq!(producer.push(b"ghijklmn"), 6);
        assert!(producer.is_full());
        assert_eq!(consumer.readable(), b"efgh");
        consumer.consume(4);
        assert_eq!(consumer.readable(), b"ijkl");
        consumer.consume(99);
        assert!(consumer.is_empty());
        assert_eq!(consumer.pop(), None);
    }

    #[test]
    fn no_byte_is_lost_between_two_threads() {
        static RING: Ring<64> = Ring::new();
        const LEN: usize = 300_000;
        let (mut producer, mut consumer) = RING.split().unwrap();
        let sent: Vec<u8> = (0..LEN).map(|n| (n * 31 / 8) as u8).collect();
        let expected = sent.clone();
        let writer = thread::spawn(move || {
            let mut rest = &sent[..];
            while !rest.is_empty() {
                let len = rest.len().min(1 + rest.len() % 13);
                let taken = producer.push(&rest[..len]);
                rest = &rest[taken..];
            }
        });
        let mut received = Vec::with_capacity(LEN);
        while received.len() < LEN {
            let bytes = consumer.readable();
            let len = bytes.len();
            received.extend_from_slice(bytes);
            consumer.consume(len);
        }
        writer.join().unwrap();
        assert!(received == expected);
    }
}
