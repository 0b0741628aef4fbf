//! Work for a device whose line misbehaves, that knows every right answer.

use crate::dice::Dice;
use casemate::hsm::{ErrorKind, Hsm, HsmError};
use casemate_common::keyring::KeyringId;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The host answers within 10 s; beyond that, what a loaded machine needs.
const LIMIT: Duration = Duration::from_secs(11);
/// How long an honest line may take to serve again.
const RECOVERY: Duration = Duration::from_secs(3);
/// Records that each worker keeps to open them again in the end.
const KEPT: usize = 8;

/// Workers at their work.
pub struct Load {
    stop: watch::Sender<bool>,
    running: JoinSet<Worker>,
}

/// What the workers have to say when they are done.
#[derive(Debug)]
pub struct Report {
    /// Requests that were answered, all of them rightly.
    pub answered: u64,
    /// Requests that failed as they may on such a line.
    pub failed: u64,
    workers: Vec<Worker>,
}

impl Load {
    /// Starts this many workers, all on one keyring that must exist, and each on one of its own.
    pub fn start<H: Hsm + 'static>(hsm: &Arc<H>, shared: KeyringId, workers: usize, dice: &mut Dice) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut running = JoinSet::new();
        for _ in 0..workers {
            let mut worker = Worker::new(shared, dice.fork());
            let (hsm, stopped) = (hsm.clone(), stopped.clone());
            running.spawn(async move {
                while !*stopped.borrow() {
                    worker.step(&*hsm).await;
                }
                worker
            });
        }
        Self { stop, running }
    }

    /// Lets every worker finish what it has begun.
    ///
    /// # Panics
    /// When any answer was wrong, an error that may not be, or too late.
    pub async fn finish(self) -> Report {
        self.stop.send_replace(true);
        let workers = self.running.join_all().await;
        Report {
            answered: workers.iter().map(|worker| worker.answered).sum(),
            failed: workers.iter().map(|worker| worker.failed).sum(),
            workers,
        }
    }
}

/// Waits until a line that has become honest serves again, and tells how long that took.
///
/// # Panics
/// When that takes too long.
pub async fn recovered(hsm: &impl Hsm) -> Duration {
    let begun = Instant::now();
    while let Err(error) = hsm.random(8).await {
        assert!(
            begun.elapsed() < RECOVERY,
            "not served {RECOVERY:?} after the line became honest: {error}"
        );
    }
    let time = begun.elapsed();
    assert!(time < RECOVERY, "served {time:?} after the line became honest");
    time
}

impl Report {
    /// Checks on an honest line that everything acknowledged is as it was acknowledged.
    ///
    /// # Panics
    /// When it is not.
    pub async fn check(&self, hsm: &impl Hsm) {
        let keyrings = hsm.list_keyrings().await.unwrap();
        for worker in &self.workers {
            worker.check(hsm, &keyrings).await;
        }
    }
}

/// What a worker knows of its own keyring. After a request that failed it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Present,
    Absent,
    Unknown,
}

#[derive(Debug)]
struct Record {
    context: Vec<u8>,
    plaintext: Vec<u8>,
    sealed: Vec<u8>,
}

#[derive(Debug)]
struct Worker {
    dice: Dice,
    shared: KeyringId,
    own: KeyringId,
    known: Known,
    kept: Vec<Record>,
    answered: u64,
    failed: u64,
}

impl Worker {
    fn new(shared: KeyringId, mut dice: Dice) -> Self {
        let mut own = [0; KeyringId::LEN];
        own.copy_from_slice(&dice.bytes(KeyringId::LEN));
        Self {
            dice,
            shared,
            own: KeyringId::new(own),
            known: Known::Absent,
            kept: Vec::new(),
            answered: 0,
            failed: 0,
        }
    }

    async fn step(&mut self, hsm: &impl Hsm) {
        match self.dice.below(10) {
            0 => self.random(hsm).await,
            1 => self.create(hsm).await,
            2 => self.destroy(hsm).await,
            3 => self.open_damaged(hsm).await,
            _ => self.seal_and_open(hsm).await,
        }
    }

    /// The answer; `None` for an error that may be on such a line.
    async fn answer<T>(&mut self, request: impl Future<Output = Result<T, HsmError>>) -> Option<T> {
        let answer = timeout(LIMIT, request)
            .await
            .unwrap_or_else(|_| panic!("no answer after {LIMIT:?}"));
        match answer {
            Ok(answer) => {
                self.answered += 1;
                Some(answer)
            }
            Err(error) => {
                let kind = error.kind();
                let allowed = matches!(kind, ErrorKind::Transient | ErrorKind::SessionLost);
                assert!(allowed, "an error that no line can cause: {kind:?}: {error}");
                self.failed += 1;
                None
            }
        }
    }

    async fn random(&mut self, hsm: &impl Hsm) {
        let len = self.dice.pick(&[16, 33, 1024, 4096]);
        if let Some(bytes) = self.answer(hsm.random(len)).await {
            assert_eq!(bytes.len(), len);
            assert!(
                bytes.windows(16).all(|part| part != [0; 16]),
                "random bytes are missing"
            );
        }
    }

    async fn create(&mut self, hsm: &impl Hsm) {
        // A creation that had to be sent twice may say that the keyring existed.
        let created = self.answer(hsm.create_keyring(self.own)).await;
        let lost = self.known == Known::Present && created == Some(true);
        assert!(!lost, "an acknowledged keyring was gone");
        self.known = created.map_or(Known::Unknown, |_| Known::Present);
    }

    async fn destroy(&mut self, hsm: &impl Hsm) {
        let existed = self.answer(hsm.destroy_keyring(self.own)).await;
        let came_back = self.known == Known::Absent && existed == Some(true);
        assert!(!came_back, "a destroyed keyring was there again");
        self.known = existed.map_or(Known::Unknown, |_| Known::Absent);
    }

    async fn seal_and_open(&mut self, hsm: &impl Hsm) {
        let len = self
            .dice
            .pick(&[0, 1, 64, 64, 64, 1000, 4095, 4096, 4097, 20_000, 70_000]);
        let plaintext = self.dice.bytes(len);
        let context = self.dice.bytes(24);
        let sealed = hsm.seal(self.shared, &context, &plaintext);
        let Some(sealed) = self.answer(sealed).await else {
            return;
        };
        let record = Record {
            context,
            plaintext,
            sealed,
        };
        let opened = self
            .answer(hsm.open(self.shared, &record.context, &record.sealed))
            .await;
        if let Some(opened) = opened {
            assert!(*opened == record.plaintext, "a record opened as something else");
        }
        self.keep(record);
    }

    fn keep(&mut self, record: Record) {
        if self.kept.len() == KEPT {
            let at = self.dice.below(KEPT);
            self.kept.swap_remove(at);
        }
        self.kept.push(record);
    }

    async fn open_damaged(&mut self, hsm: &impl Hsm) {
        let Some(record) = self.kept.last() else { return };
        let (mut sealed, context) = (record.sealed.clone(), record.context.clone());
        // Not its first byte: that is the format's version.
        let at = 1 + self.dice.below(sealed.len() - 1);
        sealed[at] ^= 1 << self.dice.below(8);
        let opened = hsm.open(self.shared, &context, &sealed);
        let verdict = self.answer(async { refused(opened.await) }).await;
        assert_ne!(verdict, Some(false), "a damaged record was opened");
    }

    async fn check(&self, hsm: &impl Hsm, keyrings: &[KeyringId]) {
        for record in &self.kept {
            let opened = hsm
                .open(self.shared, &record.context, &record.sealed)
                .await
                .unwrap();
            assert!(*opened == record.plaintext, "a record opened as something else");
        }
        let present = keyrings.contains(&self.own);
        match self.known {
            Known::Present => assert!(present, "an acknowledged keyring is gone"),
            Known::Absent => assert!(!present, "a destroyed keyring is there"),
            Known::Unknown => {}
        }
    }
}

/// Turns a refusal into an answer.
fn refused<T>(opened: Result<T, HsmError>) -> Result<bool, HsmError> {
    match opened {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == ErrorKind::Refused => Ok(true),
        Err(error) => Err(error),
    }
}
