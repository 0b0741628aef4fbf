use super::ledger::DeviceId;
use crate::hsm::device::DeviceHsm;
use casemate_common::domain::DomainId;
use casemate_common::keyring::KeyringId;
use casemate_common::session::noise::PublicKey;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// A device of a pool.
pub(super) struct Member {
    pub(super) address: String,
    pub(super) hsm: Arc<DeviceHsm>,
    state: Mutex<State>,
    busy: AtomicUsize,
    /// Told when something was seen that asks for another look at the device.
    pub(super) doubted: Notify,
}

/// Whether requests go to a device.
#[derive(Debug, Clone)]
enum State {
    /// Not now, for this reason.
    Out(String),
    /// Not yet: it is being brought to where the others are.
    Settling(Serving),
    Serving(Serving),
}

/// A device that has done what it had to.
#[derive(Debug, Clone)]
pub(super) struct Serving {
    pub(super) id: DeviceId,
    pub(super) identity: PublicKey,
    pub(super) domain: DomainId,
    /// The keyrings that it holds.
    pub(super) keyrings: BTreeSet<KeyringId>,
}

impl Member {
    pub(super) fn new(address: String, hsm: DeviceHsm) -> Self {
        Self {
            address,
            hsm: Arc::new(hsm),
            state: Mutex::new(State::Out("the device has not answered yet".into())),
            busy: AtomicUsize::new(0),
            doubted: Notify::new(),
        }
    }

    /// What it is, where it serves.
    pub(super) fn serving(&self) -> Option<Serving> {
        self.with(|serving| serving.clone())
    }

    /// What it is, where it serves or is about to.
    pub(super) fn present(&self) -> Option<Serving> {
        self.known(|known| known.clone())
    }

    /// Why it does not serve, where it does not.
    pub(super) fn out(&self) -> Option<String> {
        match &*self.lock() {
            State::Out(reason) => Some(
                self.hsm
                    .absence()
                    .map_or_else(|| reason.clone(), |why| why.to_string()),
            ),
            State::Settling(_) => Some("it is taking in what happened while it was away".into()),
            State::Serving(_) => None,
        }
    }

    /// Whether requests for this keyring may go there; for none: any request.
    pub(super) fn takes(&self, keyring: Option<KeyringId>) -> bool {
        let holds = |serving: &mut Serving| keyring.is_none_or(|id| serving.keyrings.contains(&id));
        self.with(holds).unwrap_or(false)
    }

    /// Is there, and is brought to where the others are.
    pub(super) fn settle(&self, serving: Serving) {
        *self.lock() = State::Settling(serving);
    }

    /// Takes requests from now on, where it is settled.
    pub(super) fn serve(&self) {
        let mut state = self.lock();
        if let State::Settling(serving) = &*state {
            *state = State::Serving(serving.clone());
        }
    }

    /// Takes none from now on.
    pub(super) fn put_out(&self, reason: String) {
        *self.lock() = State::Out(reason);
    }

    /// Takes none until it was looked at again.
    pub(super) fn doubt(&self, reason: String) {
        self.put_out(reason);
        self.doubted.notify_one();
    }

    /// Holds this keyring from now on.
    pub(super) fn has(&self, keyring: KeyringId) {
        self.known(|known| known.keyrings.insert(keyring));
    }

    /// No longer holds this keyring.
    pub(super) fn lost(&self, keyring: KeyringId) {
        self.with(|serving| serving.keyrings.remove(&keyring));
    }

    /// Counts as one request more while this lives.
    pub(super) fn occupy(&self) -> Occupied<'_> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Occupied(&self.busy)
    }

    /// Requests that are there now.
    pub(super) fn load(&self) -> usize {
        self.busy.load(Ordering::Relaxed)
    }

    fn with<T>(&self, look: impl FnOnce(&mut Serving) -> T) -> Option<T> {
        match &mut *self.lock() {
            State::Serving(serving) => Some(look(serving)),
            State::Out(_) | State::Settling(_) => None,
        }
    }

    fn known<T>(&self, look: impl FnOnce(&mut Serving) -> T) -> Option<T> {
        match &mut *self.lock() {
            State::Settling(known) | State::Serving(known) => Some(look(known)),
            State::Out(_) => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request at a device.
pub(super) struct Occupied<'m>(&'m AtomicUsize);

impl Drop for Occupied<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
