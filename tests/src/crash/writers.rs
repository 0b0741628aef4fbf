//! Threads that write at the same time, each to secrets of its own.

use super::ledger::{Ledger, Outcome};
use crate::daemon::Daemon;
use crate::dice::Dice;
use crate::kv::Kv;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

/// Secrets of each writer.
const SECRETS: usize = 2;

/// Writers at work.
pub struct Writers {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    threads: Vec<JoinHandle<Writer>>,
}

/// One writer, between two rounds.
pub struct Writer {
    dice: Dice,
    ledgers: Vec<Ledger>,
}

impl Writer {
    /// This many writers that have not written yet.
    pub fn several(count: usize, dice: &mut Dice) -> Vec<Self> {
        let writer = |number: usize| Self {
            dice: dice.fork(),
            ledgers: (0..SECRETS)
                .map(|secret| Ledger::new(format!("crash/{number}/{secret}")))
                .collect(),
        };
        (0..count).map(writer).collect()
    }

    /// Works until `stop`, or until the daemon is gone.
    fn work(&mut self, kv: &mut Kv, stop: &AtomicBool, acknowledged: &AtomicU64) -> io::Result<()> {
        while !stop.load(Ordering::Relaxed) {
            let which = self.dice.below(self.ledgers.len());
            if self.step(which, kv)? {
                acknowledged.fetch_add(1, Ordering::Relaxed);
            } else {
                // The daemon lives, only its device is away.
                self.ledgers[which].settle(kv)?;
            }
        }
        Ok(())
    }

    /// Compares all secrets with what is there; tells what became of changes that had no answer.
    ///
    /// # Errors
    /// When the connection breaks.
    ///
    /// # Panics
    /// As [`Ledger::check`].
    pub fn check(&mut self, daemon: &Daemon) -> io::Result<Vec<Outcome>> {
        let mut kv = Kv::connect(daemon)?;
        self.ledgers
            .iter_mut()
            .map(|ledger| ledger.check(&mut kv))
            .collect()
    }

    fn step(&mut self, which: usize, kv: &mut Kv) -> io::Result<bool> {
        let ledger = &mut self.ledgers[which];
        match self.dice.below(10) {
            0 if ledger.is_active() => ledger.delete(kv),
            1 if ledger.is_active() => ledger.destroy(kv),
            _ => {
                let len = self.dice.pick(&[3, 30, 300, 3000]);
                let text = self
                    .dice
                    .bytes(len)
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                ledger.write(kv, text)
            }
        }
    }
}

impl Writers {
    /// Sets them to work on this daemon.
    ///
    /// # Errors
    /// When they can't connect.
    pub fn start(daemon: &Daemon, writers: Vec<Writer>) -> io::Result<Self> {
        let (stop, acknowledged) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let mut threads = Vec::new();
        for mut writer in writers {
            let mut kv = Kv::connect(daemon)?;
            let (stop, acknowledged) = (stop.clone(), acknowledged.clone());
            threads.push(thread::spawn(move || {
                // An error means that the daemon is gone; what that did, the check after the restart finds out.
                let _ = writer.work(&mut kv, &stop, &acknowledged);
                writer
            }));
        }
        Ok(Self {
            stop,
            acknowledged,
            threads,
        })
    }

    /// Changes acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Lets each finish what it has begun, or find that the daemon is gone.
    ///
    /// # Panics
    /// When a writer was answered something wrong.
    pub fn finish(self) -> Vec<Writer> {
        self.stop.store(true, Ordering::Relaxed);
        let writers = self.threads.into_iter().map(JoinHandle::join);
        writers
            .map(|writer| writer.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    }
}

/// Compares all secrets of all writers with what is there, as [`Writer::check`], all at once.
///
/// # Errors
/// When a connection breaks.
///
/// # Panics
/// As [`Ledger::check`].
pub fn check_all(writers: &mut [Writer], daemon: &Daemon) -> io::Result<Vec<Outcome>> {
    let outcomes = thread::scope(|scope| {
        let checks: Vec<_> = writers
            .iter_mut()
            .map(|writer| scope.spawn(|| writer.check(daemon)))
            .collect();
        let outcomes = checks.into_iter().map(|check| check.join());
        outcomes
            .map(|outcome| outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<io::Result<Vec<_>>>()
    })?;
    Ok(outcomes.concat())
}
