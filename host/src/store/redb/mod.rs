//! The embedded store: one redb file, one writer.
//!
//! All writers share one dedicated thread, which carries out every batch that waits in one transaction and syncs the
//! disk once for all of them. Readers never wait for it: they read the state of the last commit.
//!
//! It trusts the file: redb's checksums find damage, not forgery. What must not be forged is sealed by the device.

mod answer;
mod file;
mod group;
#[cfg(test)]
mod tests;
mod view;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use self::view::SharedView;
use self::writer::{Job, QUEUE, Writer};
use super::{Batch, Pair, Store, StoreError};

/// The one table: bytes to bytes.
const TABLE: redb::TableDefinition<'static, &'static [u8], &'static [u8]> =
    redb::TableDefinition::new("casemate");

/// How to open the database; asked again after a disk error, because redb then serves nothing more until it is opened
/// anew.
type Open = Box<dyn Fn() -> Result<redb::Database, StoreError> + Send>;

/// A [`Store`] in one file. Dropping it carries out what waits and closes the file.
#[derive(Debug)]
pub struct RedbStore {
    view: Arc<SharedView>,
    /// `None` only while dropping.
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
}

impl RedbStore {
    /// Opens the store's file, or makes it, readable by its owner only.
    ///
    /// After a crash this checks the whole file, which takes some seconds per gigabyte.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it open, [`StoreError::Failed`] when it can't be opened or is
    /// damaged.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let path = path.to_owned();
        Self::with(Box::new(move || file::open(&path)))
    }

    fn with(open: Open) -> Result<Self, StoreError> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let (writer, view) = Writer::new(open, receiver)?;
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer.run())
            .map_err(|error| StoreError::Failed(format!("can't start the writer thread: {error}")))?;
        Ok(Self {
            view,
            jobs: Some(sender),
            writer: Some(thread),
        })
    }
}

#[async_trait]
impl Store for RedbStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.view.latest()?.value(key)
    }

    fn get_many(&self, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let view = self.view.latest()?;
        keys.iter().map(|key| view.value(key)).collect()
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Pair>, StoreError> {
        self.view.latest()?.scan(prefix, after, limit)
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(Job { batch, answer }).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?.take()
    }
}

impl Drop for RedbStore {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the store's writer thread panicked");
        }
    }
}

fn stopped() -> StoreError {
    StoreError::Failed("its writer has stopped; restart the daemon".into())
}

/// Any of redb's errors, in words.
fn failed(error: impl Into<redb::Error>) -> StoreError {
    StoreError::Failed(error.into().to_string())
}
