//! Several devices of one security domain as one backend: any of them serves any keyring.
//!
//! Requests go to the least busy device that holds the keyring. What an operation does when a device fails:
//!
//! | operation | where it goes |
//! | --- | --- |
//! | `random`, `seal`, `open`, everything with a key blob | one device; elsewhere when that disappears, is out of order or full: done twice, the first result is nobody's |
//! | `generate_key` | the same; the job of an RSA key runs on one device, and begins anew on another |
//! | `wrap_key` | the same; each device counts and logs the exports that it made itself, under its own export policy |
//! | `attest_key` | the same; the statement names the device that made it |
//! | `create_keyring` | made on one device, taken by the others; done when one has it |
//! | `destroy_keyring` | every device; done when all that serve have destroyed it, and it is written down for the others |
//! | `check_officer_pin` | one device, once: a wrong PIN counts |
//! | `set_export_policy`, the log | none: they are each device's own, see [`Pool::devices`] |
//!
//! A device serves when it has done what it had to: destroyed what was destroyed while it was away ([`ledger`]), and taken
//! what the others hold; and the others take what only it holds ([`settle`]). So what is destroyed does not come back with
//! a device that has served here before, and what is made while a device is away is there soon after its return. A keyring
//! that only devices hold which are away is not made a second time. Whether a change has reached every device is told by
//! [`Hsm::everywhere`].
//!
//! *What this trusts:* the devices, for who is in the domain; the data directory, for what is to be destroyed and who holds what.

mod keyrings;
mod keys;
mod ledger;
mod member;
mod search;
mod settle;

use super::device::{Connector, DeviceHsm};
use super::{AuditLog, Hsm, HsmError, HsmInfo, HsmMember};
use async_trait::async_trait;
use casemate_common::keyring::KeyringId;
pub use ledger::Ledger;
use member::Member;
use search::Search;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

/// Does something on one device, and on another where that fails.
macro_rules! anywhere {
    ($pool:expr, $keyring:expr, |$hsm:ident| $work:expr) => {{
        let mut search = Search::new(&$pool.inner, $keyring);
        loop {
            let (at, member) = search.next().await?;
            let _busy = member.occupy();
            let $hsm = &member.hsm;
            match $work.await {
                Ok(done) => break Ok(done),
                Err(error) => search.failed((at, member), error)?,
            }
        }
    }};
}
use anywhere;

/// Several devices as one backend.
pub struct Pool {
    inner: Arc<Inner>,
    keepers: Vec<JoinHandle<()>>,
}

/// What the pool's tasks share.
struct Inner {
    members: Vec<Arc<Member>>,
    /// Held while keyrings change and while a device comes in.
    ledger: Mutex<Ledger>,
    /// Where the next search begins, so that devices without work take turns.
    turn: AtomicUsize,
    /// Counts the changes of who serves.
    changes: watch::Sender<u64>,
}

impl Pool {
    /// Begins to connect to all devices, in the background; must be called within a tokio runtime. `ledger` is the file
    /// with what must not be forgotten, made where there is none.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn connect(connectors: Vec<Connector>, ledger: &Path) -> io::Result<Self> {
        let members = connectors.into_iter().map(|connector| {
            let address = connector.address.to_string();
            Arc::new(Member::new(address, DeviceHsm::connect(connector).hasty()))
        });
        let inner = Arc::new(Inner {
            members: members.collect(),
            ledger: Mutex::new(Ledger::open(ledger)?),
            turn: AtomicUsize::new(0),
            changes: watch::Sender::new(0),
        });
        let keep = |member: &Arc<Member>| tokio::spawn(settle::keep(inner.clone(), member.clone()));
        let keepers = inner.members.iter().map(keep).collect();
        Ok(Self { inner, keepers })
    }

    /// Each device by itself, for what is a device's own: its log.
    pub fn devices(&self) -> Vec<Arc<dyn Hsm>> {
        let members = self.inner.members.iter();
        members.map(|member| member.hsm.clone() as Arc<dyn Hsm>).collect()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.keepers.iter().for_each(JoinHandle::abort);
    }
}

impl Inner {
    /// Lets a device serve no more until it was looked at again.
    fn doubt(&self, member: &Member, error: &HsmError) {
        member.doubt(error.to_string());
        self.changed();
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Who does not serve, and why.
    fn absences(&self) -> Vec<String> {
        let members = self.members.iter();
        members
            .filter_map(|member| Some(format!("{}: {}", member.address, member.out()?)))
            .collect()
    }
}

#[async_trait]
impl Hsm for Pool {
    async fn info(&self) -> Result<HsmInfo, HsmError> {
        let mut infos = Vec::new();
        let mut members = Vec::new();
        for member in &self.inner.members {
            let serving = member.serving();
            if serving.is_some()
                && let Ok(info) = member.hsm.info().await
            {
                infos.push(info);
            }
            members.push(HsmMember {
                address: member.address.clone(),
                id: serving.as_ref().map(|serving| serving.id.clone()),
                out: member.out(),
            });
        }
        let domain = self.inner.members.iter().find_map(|member| member.serving());
        let id = domain.map(|serving| serving.domain.to_string());
        Ok(aggregate(id.unwrap_or_default(), &infos, members))
    }

    async fn check_officer_pin(&self, pin: &str) -> Result<(), HsmError> {
        let (_, member) = Search::new(&self.inner, None).next().await?;
        member.hsm.check_officer_pin(pin).await
    }

    async fn random(&self, len: usize) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        anywhere!(self, None, |hsm| hsm.random(len))
    }

    async fn create_keyring(&self, id: KeyringId) -> Result<bool, HsmError> {
        self.inner.create(id).await
    }

    async fn list_keyrings(&self) -> Result<Vec<KeyringId>, HsmError> {
        self.inner.list().await
    }

    async fn destroy_keyring(&self, id: KeyringId) -> Result<bool, HsmError> {
        self.inner.destroy(id).await
    }

    async fn everywhere(&self, id: KeyringId) -> Result<(), HsmError> {
        self.inner.everywhere(id).await
    }

    async fn seal(&self, keyring: KeyringId, context: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, HsmError> {
        anywhere!(self, Some(keyring), |hsm| hsm.seal(keyring, context, plaintext))
    }

    async fn open(
        &self,
        keyring: KeyringId,
        context: &[u8],
        record: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        anywhere!(self, Some(keyring), |hsm| hsm.open(keyring, context, record))
    }
}

/// Each device keeps a log of its own.
impl AuditLog for Pool {}

/// What a pool says of itself: as much as the least of its devices has.
fn aggregate(id: String, infos: &[HsmInfo], members: Vec<HsmMember>) -> HsmInfo {
    let first = |field: fn(&HsmInfo) -> &String| infos.first().map(field).cloned().unwrap_or_default();
    HsmInfo {
        backend: "pool",
        model: first(|info| &info.model),
        version: first(|info| &info.version),
        id,
        ready: infos.iter().any(|info| info.ready),
        root: first(|info| &info.root),
        keyrings: infos.iter().map(|info| info.keyrings).max().unwrap_or(0),
        keyring_capacity: infos.iter().filter_map(|info| info.keyring_capacity).min(),
        receive_overruns: infos.iter().map(|info| info.receive_overruns).sum(),
        stack_high_water: infos.iter().filter_map(|info| info.stack_high_water).max(),
        missing: vec![
            "set_export_policy",
            "audit_page",
            "audit_head",
            "acknowledge_audit",
        ],
        members,
    }
}
