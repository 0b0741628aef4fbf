use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use cryptoki::object::ObjectHandle;

/// A keyring as this process knows it: a key for each generation, of which the newest seals.
#[derive(Debug)]
pub(super) struct Keyring {
    pub(super) keys: BTreeMap<u32, Key>,
    pub(super) newest: u32,
    pub(super) seals: Budget,
    /// What its key blobs are wrapped with; made with the first of them.
    pub(super) wrapper: Option<Key>,
}

/// The objects of one generation.
#[derive(Debug)]
pub(super) struct Key {
    /// The key on the token.
    pub(super) object: ObjectHandle,
    /// What is used: its copy in the session, or the key itself.
    pub(super) working: ObjectHandle,
    /// Notes of how many seals are reserved.
    pub(super) notes: Vec<ObjectHandle>,
}

impl Keyring {
    /// The generation and key to seal with, one seal of its budget spent; `None` when the budget is used up.
    pub(super) fn key_to_seal(&self) -> Option<(u32, ObjectHandle)> {
        let key = self.keys.get(&self.newest)?;
        self.seals.take().then_some((self.newest, key.working))
    }
}

/// How many seals the newest key has left before the token must note more.
///
/// A seal counts before it is made, and a note is durable before its seals are: a crash loses seals of a note, never
/// counts too few.
#[derive(Debug)]
pub(super) struct Budget {
    used: AtomicU32,
    reserved: u32,
}

impl Budget {
    /// Of a key whose note, new in this process, reserves this many.
    pub(super) fn fresh(reserved: u32) -> Self {
        Self {
            used: AtomicU32::new(0),
            reserved,
        }
    }

    /// Of a key found with this many reserved, which all may have been used.
    pub(super) fn spent(reserved: u32) -> Self {
        Self {
            used: AtomicU32::new(reserved),
            reserved,
        }
    }

    pub(super) fn is_spent(&self) -> bool {
        self.used.load(Ordering::Relaxed) >= self.reserved
    }

    pub(super) fn reserved(&self) -> u32 {
        self.reserved
    }

    pub(super) fn extend_to(&mut self, reserved: u32) {
        self.reserved = reserved;
    }

    fn take(&self) -> bool {
        self.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                (used < self.reserved).then(|| used.saturating_add(1))
            })
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;
    use std::thread;

    #[test]
    fn racing_seals_never_exceed_the_budget() {
        let budget = Budget::fresh(1000);
        let taken: usize = thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..500).filter(|_| budget.take()).count()))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("a count"))
                .sum()
        });
        assert_eq!(taken, 1000);
        assert!(budget.is_spent());
    }

    #[test]
    fn what_was_reserved_earlier_is_spent() {
        let mut budget = Budget::spent(8);
        assert!(!budget.take());
        budget.extend_to(9);
        assert!(budget.take());
        assert!(!budget.take());
    }
}
