//! A device that only gives random bytes, and a clock that stands until it is moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use zeroize::Zeroizing;

use super::policy::PolicyName;
use super::{Auth, Created, Identity, NewToken};
use crate::engine::clock::{Clock, Time};
use crate::engine::span::Span;
use crate::hsm::{AuditLog, Hsm, HsmError, HsmInfo, Keys};
use crate::store::{RedbStore, Store};

pub(crate) struct RandomOnly;

impl AuditLog for RandomOnly {}

impl Keys for RandomOnly {}

#[async_trait]
impl Hsm for RandomOnly {
    async fn info(&self) -> Result<HsmInfo, HsmError> {
        Ok(HsmInfo {
            backend: "device",
            model: "stand-in".into(),
            version: "1".into(),
            id: "00".into(),
            ready: true,
            root: "none".into(),
            keyrings: 0,
            keyring_capacity: None,
            stack_high_water: None,
            receive_overruns: None,
            missing: vec![],
            members: Vec::new(),
        })
    }

    async fn random(&self, len: usize) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let random = std::iter::repeat_with(|| *uuid::Uuid::from_u128(fresh()).as_bytes());
        Ok(Zeroizing::new(random.flatten().take(len).collect()))
    }
}

fn fresh() -> u128 {
    use std::hash::{BuildHasher, RandomState};
    u128::from(RandomState::new().hash_one(0)) << 64 | u128::from(RandomState::new().hash_one(1))
}

/// Seconds since the epoch.
pub(crate) struct SetClock(AtomicI64);

impl SetClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Time {
        Time::from_nanos(self.0.load(Ordering::SeqCst) * 1_000_000_000)
    }
}

/// Tokens and policies on a store of their own.
pub(crate) struct Bench {
    pub(crate) auth: Auth,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) root: String,
    _directory: tempfile::TempDir,
}

impl Bench {
    /// With a root token.
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(RedbStore::open(&directory.path().join("store")).unwrap());
        let clock = Arc::new(SetClock(AtomicI64::new(1_800_000_000)));
        let auth = Auth::open(store.clone(), Arc::new(RandomOnly), clock.clone()).unwrap();
        let mut root = String::new();
        let keep = |token: &super::Token| {
            root = token.reveal().to_owned();
            Ok(())
        };
        assert!(auth.ensure_root(keep).await.unwrap());
        Self {
            auth,
            store,
            clock,
            root,
            _directory: directory,
        }
    }

    /// The same store, read anew.
    pub(crate) fn reopened(&self) -> Auth {
        Auth::open(self.store.clone(), Arc::new(RandomOnly), self.clock.clone()).unwrap()
    }

    pub(crate) async fn caller(&self, token: &str) -> Identity {
        self.auth.authenticate(token).await.unwrap()
    }

    /// A child of the token.
    pub(crate) async fn child(&self, of: &str, wanted: NewToken) -> Created {
        let caller = self.caller(of).await;
        self.auth
            .create(&caller, "auth/token/create", false, wanted)
            .await
            .unwrap()
    }

    pub(crate) async fn valid(&self, token: &str) -> bool {
        self.auth.authenticate(token).await.is_ok()
    }
}

/// A token with this policy for a minute.
pub(crate) fn wanted(policy: &str) -> NewToken {
    NewToken {
        policies: Some(vec![name(policy)]),
        ttl: Some(Span::from_secs(60)),
        ..NewToken::default()
    }
}

pub(crate) fn name(policy: &str) -> PolicyName {
    policy.parse().unwrap()
}
