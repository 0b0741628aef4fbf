use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use cryptoki::context::Pkcs11;
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

use super::connection::Connection;
use super::fault::Fault;
use super::identity::Identity;
use super::module::{Claim, Module};
use super::{Address, Settings, pin};
use crate::hsm::{ErrorKind, HsmError};

/// Pause between two attempts to reach a token that is away.
const PAUSE: Duration = Duration::from_millis(100);

/// One token and this process's login on it. Locks are taken in the order module's gate, link.
pub(super) struct Token {
    pub(super) settings: Settings,
    pub(super) identity: Identity,
    pub(super) link: RwLock<Link>,
    /// Nobody waits for answers any more.
    pub(super) stopping: AtomicBool,
    address: Address,
    pin: AuthPin,
    claim: Claim,
}

/// The login, if there is one.
pub(super) struct Link {
    /// Counts logins.
    pub(super) epoch: u64,
    state: State,
}

enum State {
    Connected(Connection),
    Lost,
    /// The token refused the PIN; the error says so.
    Barred(HsmError),
}

impl Token {
    pub(super) fn connect(address: &Address, settings: Settings) -> Result<Self, HsmError> {
        let pin = pin::read(address)?;
        let module = Module::load(address.module())?;
        let claim = module.claim(address.token())?;
        let mut time = module.gate.write().unwrap_or_else(PoisonError::into_inner);
        let login = Login {
            module: &module,
            address,
            pin: &pin,
            settings: &settings,
            identity: None,
        };
        let (connection, identity) = login.attempt(&mut time).map_err(Fault::into_error)?;
        drop(time);
        Ok(Self {
            settings,
            identity,
            link: RwLock::new(Link {
                epoch: 0,
                state: State::Connected(connection),
            }),
            stopping: AtomicBool::new(false),
            address: address.clone(),
            pin,
            claim,
        })
    }

    pub(super) fn module(&self) -> &Module {
        &self.claim.module
    }

    /// Threads that may call it at once.
    pub(super) fn workers(&self) -> usize {
        self.identity.workers(self.settings.workers)
    }

    /// Gets a working login again after the one of epoch `seen` failed, waiting for the token until `deadline`.
    pub(super) fn recover(&self, seen: u64, deadline: Instant) -> Result<(), HsmError> {
        loop {
            let fault = match self.try_recover(seen) {
                Ok(()) => return Ok(()),
                Err(Fault::Doubtful(error) | Fault::Lost(error)) => error,
                Err(fault) => return Err(fault.into_error()),
            };
            if Instant::now() + PAUSE > deadline || self.stopping.load(Ordering::Relaxed) {
                return Err(fault);
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn try_recover(&self, seen: u64) -> Result<(), Fault> {
        let mut time = self.module().gate.write().unwrap_or_else(PoisonError::into_inner);
        let mut link = self.link.write().unwrap_or_else(PoisonError::into_inner);
        match &link.state {
            State::Connected(_) if link.epoch != seen => return Ok(()),
            State::Barred(error) => return Err(Fault::Final(error.clone())),
            State::Connected(_) | State::Lost => link.disconnect(*time),
        }
        let login = Login {
            module: self.module(),
            address: &self.address,
            pin: &self.pin,
            settings: &self.settings,
            identity: Some(&self.identity),
        };
        match login.attempt(&mut time) {
            Ok((connection, _)) => link.reconnect(connection),
            Err(Fault::PinRefused(error)) => {
                link.state = State::Barred(error.clone());
                return Err(Fault::Final(error));
            }
            Err(fault) => return Err(fault),
        }
        tracing::info!(token = self.address.token(), "logged in to the token again");
        Ok(())
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        let time = self
            .claim
            .module
            .gate
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let link = self.link.get_mut().unwrap_or_else(PoisonError::into_inner);
        link.disconnect(*time);
    }
}

impl Link {
    /// The login, if it is of the module's present time.
    pub(super) fn connection(&self, module_time: u64) -> Result<&Connection, Fault> {
        match &self.state {
            State::Connected(connection) if connection.module_time == module_time => Ok(connection),
            State::Barred(error) => Err(Fault::Final(error.clone())),
            State::Connected(_) | State::Lost => Err(Fault::Lost(away())),
        }
    }

    /// The login, alone. The caller calls [`Link::disconnect`] when its change fails.
    pub(super) fn connection_mut(&mut self, module_time: u64) -> Result<&mut Connection, Fault> {
        self.connection(module_time)?;
        match &mut self.state {
            State::Connected(connection) => Ok(connection),
            State::Barred(_) | State::Lost => Err(Fault::Lost(away())),
        }
    }

    /// Forgets the login; its sessions are closed unless the module was initialised since, when their numbers may be
    /// another's.
    pub(super) fn disconnect(&mut self, module_time: u64) {
        if let State::Connected(connection) = std::mem::replace(&mut self.state, State::Lost)
            && connection.module_time == module_time
        {
            connection.close();
        }
    }

    fn reconnect(&mut self, connection: Connection) {
        self.state = State::Connected(connection);
        self.epoch += 1;
    }
}

fn away() -> HsmError {
    HsmError::new(ErrorKind::Transient, "the connection to the token is lost")
}

struct Login<'a> {
    module: &'a Module,
    address: &'a Address,
    pin: &'a AuthPin,
    settings: &'a Settings,
    /// Who it must be, after the first time.
    identity: Option<&'a Identity>,
}

impl Login<'_> {
    /// Logs in; where that fails, initialises the module anew and tries once more.
    fn attempt(&self, time: &mut u64) -> Result<(Connection, Identity), Fault> {
        self.module.initialize()?;
        match self.once(*time) {
            Err(Fault::Doubtful(error) | Fault::Lost(error)) if self.module.restart(time)? => {
                tracing::debug!(%error, "initialised the PKCS#11 module anew");
                self.once(*time)
            }
            result => result,
        }
    }

    fn once(&self, time: u64) -> Result<(Connection, Identity), Fault> {
        let context = &self.module.context;
        let slot = slot(context, self.address.token())?;
        let identity = Identity::read(context, slot)?;
        if self.identity.is_some_and(|known| known.serial != identity.serial) {
            return Err(Fault::Lost(HsmError::new(
                ErrorKind::Transient,
                format!(
                    "there is another token now with the label `{}`",
                    self.address.token()
                ),
            )));
        }
        let workers = identity.workers(self.settings.workers);
        let connection = Connection::open(context, slot, self.pin, workers, time)?;
        Ok((connection, identity))
    }
}

/// Where the token with this label is.
pub(super) fn slot(context: &Pkcs11, label: &str) -> Result<Slot, Fault> {
    let named = |slot: &Slot| {
        context
            .get_token_info(*slot)
            .is_ok_and(|info| info.token_initialized() && info.label() == label)
    };
    let slots: Vec<Slot> = context
        .get_slots_with_token()?
        .into_iter()
        .filter(named)
        .collect();
    match slots.as_slice() {
        [slot] => Ok(*slot),
        [] => Err(Fault::Lost(HsmError::new(
            ErrorKind::Transient,
            format!("no token has the label `{label}`; plug it in, or see `pkcs11-tool --list-slots`"),
        ))),
        _ => Err(Fault::new(
            ErrorKind::Permanent,
            format!("several tokens have the label `{label}`; give the right one a label of its own"),
        )),
    }
}
