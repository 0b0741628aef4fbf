use super::Fault;
use super::module::Module;
use super::token::slot;
use crate::hsm::{ErrorKind, HsmError};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use std::path::Path;
use std::sync::PoisonError;

/// Logs in to a token, works in a session of its own and closes it. Blocks, and other users of the module wait: only one
/// thing at a time is done in a module where objects change.
///
/// # Errors
/// The module can't be loaded, there is no such token, it refuses the PIN, or the work fails.
pub(crate) fn visit<T>(
    module: &Path,
    label: &str,
    pin: &AuthPin,
    work: impl FnOnce(&Session) -> Result<T, Error>,
) -> Result<T, HsmError> {
    let module = Module::load(module)?;
    let _alone = module.gate.write().unwrap_or_else(PoisonError::into_inner);
    let visited = || {
        module.initialize()?;
        let session = module.context.open_rw_session(slot(&module.context, label)?)?;
        match session.login(UserType::User, Some(pin)) {
            // By the daemon's own backend.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinLocked | RvError::PinLenRange, _)) => {
                let why = format!("the token `{label}` refused the PIN: correct `pin` of the provider");
                return Err(Fault::new(ErrorKind::Permanent, why));
            }
            Err(error) => return Err(error.into()),
        }
        work(&session).map_err(Fault::from)
    };
    visited().map_err(Fault::into_error)
}
