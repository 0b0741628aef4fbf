//! The backend for PKCS#11 tokens: SoftHSM in tests, any vendor's HSM in production.
//!
//! It trusts the token with the keys and nobody with anything else: keys are generated in the token and never leave it.
//! One daemon uses a token; two would not see each other's keyrings. At the start all objects are read once and their
//! handles kept; later nothing is ever searched. What the token remembers: [`object`] and [`note`]; a record: [`record`];
//! keys as blobs: [`keys`].
//!
//! Calls block, so a few threads make them ([`worker`]), each in its own session. When sessions, login or handles are
//! lost (the module was restarted, the token unplugged), the thread that notices logs in again, reads the token anew
//! and repeats the request ([`token`]); all requests may be repeated.

mod address;
mod change;
mod connection;
mod fault;
mod identity;
mod keyring;
mod keys;
mod module;
mod note;
mod object;
mod pin;
mod record;
mod seal;
mod settings;
mod token;
mod visit;
mod worker;

pub use address::{Address, AddressError};
pub(crate) use keys::{curve_parameters, is_blob, oaep};
pub use settings::Settings;
pub(crate) use visit::visit;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use casemate_common::keyring::KeyringId;
use casemate_common::limits::{MAX_CONTEXT, MAX_PLAINTEXT};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use self::fault::Fault;
use self::token::Token;
use self::worker::{Job, Pool, Worker};
use super::{AuditLog, ErrorKind, Hsm, HsmError, HsmInfo};

/// Most random bytes asked of a token at once; tokens have limits here.
const RANDOM_PIECE: usize = 1024;

/// Most random bytes of one request.
const MAX_RANDOM: usize = 64 * 1024;

/// How long an answer may take beyond the patience with a token that is away: a call that hangs can't be ended.
const CALL_LIMIT: Duration = Duration::from_secs(30);

/// How long [`Hsm::info`] looks for a token that is away.
const INFO_PATIENCE: Duration = Duration::from_millis(50);

/// Logs in to a token and reads its keyrings. Blocks while it does.
///
/// # Errors
/// The module can't be loaded, there is no such token, it refuses the PIN, or this process uses it already.
pub fn connect(address: &Address) -> Result<Pkcs11Hsm, HsmError> {
    connect_with(address, Settings::default())
}

/// Like [`connect`], with other settings than the default.
pub fn connect_with(address: &Address, settings: Settings) -> Result<Pkcs11Hsm, HsmError> {
    let token = Arc::new(Token::connect(address, settings)?);
    let pool = Pool::start(&token).map_err(|error| {
        HsmError::new(
            ErrorKind::Transient,
            format!("no threads for the PKCS#11 token: {error}"),
        )
    })?;
    Ok(Pkcs11Hsm { pool, token })
}

/// A PKCS#11 token as the backend of the daemon. Drop it before the process ends: modules crash when the process ends
/// while a thread is in them.
pub struct Pkcs11Hsm {
    pool: Pool,
    token: Arc<Token>,
}

impl Drop for Pkcs11Hsm {
    fn drop(&mut self) {
        self.token.stopping.store(true, Ordering::Relaxed);
    }
}

impl Pkcs11Hsm {
    async fn run<T: Send + 'static>(
        &self,
        patience: Duration,
        mut operation: impl FnMut(&mut Worker) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, HsmError> {
        let deadline = Instant::now() + patience;
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |worker| {
            // The one who asked may have gone; then nobody needs the answer.
            let _ = answer.send(worker.perform(deadline, &mut operation));
        });
        let served = async {
            if !self.pool.submit(job).await {
                return None;
            }
            answered.await.ok()
        };
        match tokio::time::timeout(patience + CALL_LIMIT, served).await {
            Ok(Some(result)) => result,
            Ok(None) => Err(HsmError::new(
                ErrorKind::SessionLost,
                "a thread of the PKCS#11 backend ended",
            )),
            Err(_) => Err(HsmError::new(ErrorKind::SessionLost, "the token does not answer")),
        }
    }

    fn offers(&self, operation: &'static str) -> Result<(), HsmError> {
        if self.token.identity.missing.contains(&operation) {
            return Err(HsmError::unsupported(operation));
        }
        Ok(())
    }

    fn patience(&self) -> Duration {
        self.token.settings.patience
    }
}

impl AuditLog for Pkcs11Hsm {}

#[async_trait]
impl Hsm for Pkcs11Hsm {
    async fn info(&self) -> Result<HsmInfo, HsmError> {
        let keyrings = self.run(INFO_PATIENCE, |worker| {
            worker.with_keys(|session, connection| {
                session.get_session_info()?;
                Ok(connection.keyrings.len())
            })
        });
        let keyrings = keyrings.await;
        let identity = self.token.identity.clone();
        Ok(HsmInfo {
            backend: "pkcs11",
            model: identity.model,
            version: identity.version,
            id: identity.serial,
            ready: keyrings.is_ok(),
            root: format!("in the PKCS#11 token, made by {}", identity.manufacturer),
            keyrings: keyrings
                .ok()
                .and_then(|count| u32::try_from(count).ok())
                .unwrap_or(0),
            keyring_capacity: None,
            receive_overruns: None,
            stack_high_water: None,
            missing: identity.missing,
            members: Vec::new(),
        })
    }

    async fn random(&self, len: usize) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        self.offers("random")?;
        at_most(len, MAX_RANDOM, "random bytes")?;
        let operation = move |worker: &mut Worker| {
            worker.with_keys(|session, _| {
                let mut bytes = Zeroizing::new(vec![0; len]);
                for piece in bytes.chunks_mut(RANDOM_PIECE) {
                    session.generate_random_slice(piece)?;
                }
                Ok(bytes)
            })
        };
        self.run(self.patience(), operation).await
    }

    async fn create_keyring(&self, id: KeyringId) -> Result<bool, HsmError> {
        self.offers("create_keyring")?;
        let settings = self.token.settings.clone();
        let mut was_there = None;
        let operation = move |worker: &mut Worker| {
            worker.alone(|connection| {
                was_there.get_or_insert(connection.keyrings.contains_key(&id));
                connection.create(id, &settings)
            })?;
            Ok(was_there == Some(false))
        };
        self.run(self.patience(), operation).await
    }

    async fn adopt_key(&self, label: &str, id: KeyringId) -> Result<(), HsmError> {
        self.offers("create_keyring")?;
        let (label, settings) = (label.to_owned(), self.token.settings.clone());
        let operation =
            move |worker: &mut Worker| worker.alone(|connection| connection.adopt(&label, id, &settings));
        self.run(self.patience(), operation).await
    }

    async fn list_keyrings(&self) -> Result<Vec<KeyringId>, HsmError> {
        let operation = |worker: &mut Worker| {
            worker.with_keys(|_, connection| Ok(connection.keyrings.keys().copied().collect()))
        };
        self.run(self.patience(), operation).await
    }

    async fn destroy_keyring(&self, id: KeyringId) -> Result<bool, HsmError> {
        let mut was_there = None;
        let operation = move |worker: &mut Worker| {
            worker.alone(|connection| {
                was_there.get_or_insert(connection.keyrings.contains_key(&id));
                connection.destroy(id)
            })?;
            Ok(was_there == Some(true))
        };
        self.run(self.patience(), operation).await
    }

    async fn seal(&self, keyring: KeyringId, context: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, HsmError> {
        self.offers("seal")?;
        at_most(context.len(), MAX_CONTEXT, "bytes of context")?;
        at_most(plaintext.len(), MAX_PLAINTEXT, "bytes of plaintext")?;
        let (context, plaintext) = (context.to_vec(), Zeroizing::new(plaintext.to_vec()));
        let operation = move |worker: &mut Worker| seal::seal(worker, keyring, &context, &plaintext);
        self.run(self.patience(), operation).await
    }

    async fn open(
        &self,
        keyring: KeyringId,
        context: &[u8],
        record: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        self.offers("open")?;
        at_most(context.len(), MAX_CONTEXT, "bytes of context")?;
        let (context, record) = (context.to_vec(), record.to_vec());
        let operation = move |worker: &mut Worker| seal::open(worker, keyring, &context, &record);
        self.run(self.patience(), operation).await
    }
}

fn at_most(len: usize, limit: usize, what: &str) -> Result<(), HsmError> {
    if len > limit {
        return Err(HsmError::new(
            ErrorKind::Caller,
            format!("{len} {what} are more than the {limit} allowed"),
        ));
    }
    Ok(())
}
