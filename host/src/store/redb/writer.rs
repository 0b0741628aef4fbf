use std::sync::Arc;

use redb::{Database, ReadableDatabase, TableError};
use tokio::sync::{mpsc, oneshot};

use super::answer::{Answer, Outcome, answer_all};
use super::view::{SharedView, View, closed};
use super::{Open, TABLE, failed, group};
use crate::store::{Batch, StoreError};

/// Batches that may wait before callers have to.
pub(super) const QUEUE: usize = 1024;
/// Batches in one commit at most.
pub(super) const GROUP_BATCHES: usize = 1024;
/// Bytes in one commit from which on no further batch joins it.
pub(super) const GROUP_BYTES: usize = 8 << 20;

/// A batch and who waits for it.
pub(super) struct Job {
    pub(super) batch: Batch,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// The one that writes; runs on a thread of its own.
pub(super) struct Writer {
    open: Open,
    /// `None` after a disk error, until it could be opened again.
    database: Option<Database>,
    view: Arc<SharedView>,
    jobs: mpsc::Receiver<Job>,
}

impl Writer {
    pub(super) fn new(open: Open, jobs: mpsc::Receiver<Job>) -> Result<(Self, Arc<SharedView>), StoreError> {
        let (database, first) = ready(&open)?;
        let view = Arc::new(SharedView::default());
        view.publish(first);
        let writer = Self {
            open,
            database: Some(database),
            view: view.clone(),
            jobs,
        };
        Ok((writer, view))
    }

    /// Serves until all senders are gone and nothing waits.
    pub(super) fn run(mut self) {
        while let Some(first) = self.jobs.blocking_recv() {
            let group = self.gather(first);
            let outcomes = match self.commit(&group) {
                Ok(verdicts) => verdicts.into_iter().map(outcome).collect(),
                Err(error) => {
                    tracing::error!(%error, batches = group.len(), "a commit failed");
                    self.reopen();
                    vec![Err(error); group.len()]
                }
            };
            answer_all(group.into_iter().map(|job| job.answer).zip(outcomes));
        }
    }

    /// The first batch and all that wait behind it, as far as one commit goes.
    fn gather(&mut self, first: Job) -> Vec<Job> {
        let mut bytes = size(&first.batch);
        let mut group = vec![first];
        while group.len() < GROUP_BATCHES && bytes < GROUP_BYTES {
            let Some(job) = self.next() else { break };
            bytes += size(&job.batch);
            group.push(job);
        }
        group
    }

    /// The next batch that waits. Where there is none, whoever is about to hand one in may be waiting for this thread's
    /// processor: it is given away once.
    fn next(&mut self) -> Option<Job> {
        if let Ok(job) = self.jobs.try_recv() {
            return Some(job);
        }
        std::thread::yield_now();
        self.jobs.try_recv().ok()
    }

    fn commit(&mut self, group: &[Job]) -> Result<Vec<bool>, StoreError> {
        if self.database.is_none() {
            self.reopen();
        }
        let database = self.database.as_ref().ok_or_else(closed)?;
        let verdicts = group::commit(database, group.iter().map(|job| &job.batch))?;
        // Before anybody is answered: who has an answer must read what was written.
        self.view.publish(View::of(database)?);
        Ok(verdicts)
    }

    fn reopen(&mut self) {
        let mut view = self.view.lock();
        *view = None;
        self.database = None;
        match ready(&self.open) {
            Ok((database, latest)) => {
                self.database = Some(database);
                *view = Some(Arc::new(latest));
            }
            Err(error) => {
                tracing::error!(%error, "the store can't be opened again; trying at the next write")
            }
        }
    }
}

/// The database, opened, with its table in place.
fn ready(open: &Open) -> Result<(Database, View), StoreError> {
    let database = open()?;
    let missing = matches!(
        database.begin_read().map_err(failed)?.open_table(TABLE),
        Err(TableError::TableDoesNotExist(_))
    );
    if missing {
        let transaction = database.begin_write().map_err(failed)?;
        transaction.open_table(TABLE).map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    let view = View::of(&database)?;
    Ok((database, view))
}

fn outcome(held: bool) -> Outcome {
    if held { Ok(()) } else { Err(StoreError::Conflict) }
}

fn size(batch: &Batch) -> usize {
    let pairs = batch.expected.iter().chain(&batch.changes);
    pairs
        .map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len))
        .sum()
}
