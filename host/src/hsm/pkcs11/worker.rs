use std::convert::Infallible;
use std::io;
use std::sync::mpsc::{self as std_mpsc, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use cryptoki::session::Session;
use tokio::sync::mpsc;

use super::connection::Connection;
use super::fault::Fault;
use super::token::Token;
use crate::hsm::{ErrorKind, HsmError};

/// Requests that may wait for a worker; more wait in their own tasks.
const QUEUE: usize = 256;

/// How long the calls under way have to return when the backend is dropped.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// Attempts at one request that fails doubtfully.
const ATTEMPTS: usize = 3;

/// What a worker does for one request.
pub(super) type Job = Box<dyn FnOnce(&mut Worker) + Send>;

/// A thread that calls the token, in a session that no other thread uses.
pub(super) struct Worker {
    pub(super) token: Arc<Token>,
    index: usize,
    /// The login of the latest attempt.
    epoch: u64,
}

/// The workers of a token.
pub(super) struct Pool {
    jobs: Option<mpsc::Sender<Job>>,
    /// Ends when every worker has.
    ended: Mutex<std_mpsc::Receiver<Infallible>>,
}

impl Pool {
    pub(super) fn start(token: &Arc<Token>) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let receiver = Arc::new(Mutex::new(receiver));
        let (running, ended) = std_mpsc::channel();
        for index in 0..token.workers() {
            let mut worker = Worker {
                token: Arc::clone(token),
                index,
                epoch: 0,
            };
            let (receiver, running) = (Arc::clone(&receiver), running.clone());
            thread::Builder::new()
                .name(format!("pkcs11-{index}"))
                .spawn(move || {
                    while let Some(job) = next(&receiver) {
                        job(&mut worker);
                    }
                    drop((worker, running));
                })?;
        }
        Ok(Self {
            jobs: Some(sender),
            ended: Mutex::new(ended),
        })
    }

    /// Waits for room in the queue; false when there are no workers.
    pub(super) async fn submit(&self, job: Job) -> bool {
        match &self.jobs {
            Some(jobs) => jobs.send(job).await.is_ok(),
            None => false,
        }
    }
}

impl Drop for Pool {
    /// Waits for the workers: a module crashes when the process ends while a thread is in it.
    fn drop(&mut self) {
        self.jobs = None;
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        if ended.recv_timeout(STOP_LIMIT) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("a call to the PKCS#11 token does not return; leaving it behind");
        }
    }
}

fn next(receiver: &Mutex<mpsc::Receiver<Job>>) -> Option<Job> {
    receiver
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .blocking_recv()
}

impl Worker {
    /// Carries out what may be repeated, over a new login where the old one is lost, until `deadline`.
    pub(super) fn perform<T>(
        &mut self,
        deadline: Instant,
        mut operation: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, HsmError> {
        let mut doubts = 0;
        loop {
            let error = match operation(self) {
                Ok(answer) => return Ok(answer),
                Err(Fault::Doubtful(error)) => {
                    doubts += 1;
                    error
                }
                Err(Fault::Lost(error)) => error,
                Err(fault) => return Err(fault.into_error()),
            };
            if doubts == ATTEMPTS || Instant::now() >= deadline {
                return Err(error);
            }
            tracing::warn!(%error, "the token is lost; logging in again");
            self.token.recover(self.epoch, deadline)?;
        }
    }

    /// Uses the keys as they are, beside other workers.
    pub(super) fn with_keys<T>(
        &mut self,
        operation: impl FnOnce(&Session, &Connection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let token = Arc::clone(&self.token);
        let time = token.module().gate.read().unwrap_or_else(PoisonError::into_inner);
        self.in_session(*time, operation)
    }

    /// Uses the keys where objects of the session come and go meanwhile: while no other worker uses the module.
    pub(super) fn with_objects<T>(
        &mut self,
        operation: impl FnOnce(&Session, &Connection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let token = Arc::clone(&self.token);
        let time = token
            .module()
            .gate
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        self.in_session(*time, operation)
    }

    fn in_session<T>(
        &mut self,
        time: u64,
        operation: impl FnOnce(&Session, &Connection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let link = self.token.link.read().unwrap_or_else(PoisonError::into_inner);
        self.epoch = link.epoch;
        let connection = link.connection(time)?;
        let session = connection.sessions.get(self.index).ok_or_else(|| {
            Fault::new(
                ErrorKind::Permanent,
                "the token has fewer sessions than when the daemon started; restart it",
            )
        })?;
        let session = session.lock().unwrap_or_else(PoisonError::into_inner);
        operation(&session, connection)
    }

    /// Changes objects, alone. After an error the login is given up, and the next request reads the token anew.
    pub(super) fn alone<T>(
        &mut self,
        change: impl FnOnce(&mut Connection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let time = self
            .token
            .module()
            .gate
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let mut link = self.token.link.write().unwrap_or_else(PoisonError::into_inner);
        self.epoch = link.epoch;
        let result = link.connection_mut(*time).and_then(change);
        if result.is_err() {
            link.disconnect(*time);
        }
        result
    }
}
