use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};

use super::fault::Fault;
use crate::hsm::{ErrorKind, HsmError};

/// Every module this process has loaded. A module is loaded and initialised once and stays: modules crash when they are
/// initialised twice, or unloaded.
static MODULES: Mutex<BTreeMap<PathBuf, Arc<Module>>> = Mutex::new(BTreeMap::new());

/// How long a token's former user in this process has to let go of it.
const HANDOVER: Duration = Duration::from_secs(5);

/// One PKCS#11 module, shared by all tokens that this process reaches through it.
pub(super) struct Module {
    pub(super) context: Pkcs11,
    /// Read while a key is used; written while objects change, sessions open or the module is initialised, because
    /// modules are known to fail when these run side by side. Holds how often we initialised it: handles of an
    /// earlier time may mean other keys.
    pub(super) gate: RwLock<u64>,
    tokens: Mutex<BTreeSet<String>>,
    released: Condvar,
}

impl Module {
    /// The module at this path, loaded if it is not yet.
    pub(super) fn load(path: &Path) -> Result<Arc<Self>, HsmError> {
        let path = path.canonicalize().map_err(|error| unusable(path, &error))?;
        let mut modules = lock(&MODULES);
        if let Some(module) = modules.get(&path) {
            return Ok(Arc::clone(module));
        }
        let context = Pkcs11::new(&path).map_err(|error| unusable(&path, &error))?;
        let module = Arc::new(Self {
            context,
            gate: RwLock::new(0),
            tokens: Mutex::default(),
            released: Condvar::new(),
        });
        modules.insert(path, Arc::clone(&module));
        Ok(module)
    }

    /// Makes the caller the only user of this token in this process: two would not see each other's changes.
    pub(super) fn claim(self: &Arc<Self>, label: &str) -> Result<Claim, HsmError> {
        let tokens = lock(&self.tokens);
        let (mut tokens, _) = self
            .released
            .wait_timeout_while(tokens, HANDOVER, |tokens| tokens.contains(label))
            .unwrap_or_else(PoisonError::into_inner);
        if !tokens.insert(label.to_owned()) {
            return Err(HsmError::new(
                ErrorKind::Permanent,
                format!("this process already uses the token `{label}`; name it once"),
            ));
        }
        Ok(Claim {
            module: Arc::clone(self),
            label: label.to_owned(),
        })
    }

    /// Initialises the module if nobody has.
    pub(super) fn initialize(&self) -> Result<(), Fault> {
        if self.context.get_library_info().is_ok() {
            return Ok(());
        }
        let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        match self.context.initialize(arguments) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Initialises the module anew, as some find a token that came back only then; false when other tokens are in use,
    /// which would lose their sessions. `times` is what the gate holds.
    pub(super) fn restart(&self, times: &mut u64) -> Result<bool, Fault> {
        if lock(&self.tokens).len() > 1 {
            return Ok(false);
        }
        *times += 1;
        match self.context.clone().finalize() {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiNotInitialized, _)) => {}
            Err(error) => return Err(error.into()),
        }
        self.initialize().map(|()| true)
    }
}

/// The right to use a token, given up on drop.
pub(super) struct Claim {
    pub(super) module: Arc<Module>,
    label: String,
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.module.tokens).remove(&self.label);
        self.module.released.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unusable(path: &Path, error: &dyn std::error::Error) -> HsmError {
    let path = path.display();
    HsmError::new(
        ErrorKind::Permanent,
        format!("the PKCS#11 module {path} can't be loaded: {error}; install it or correct the address"),
    )
}
