use std::fs;

use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

use super::Address;
use crate::hsm::{ErrorKind, HsmError};

/// Where the PIN is when the address names no file.
const VARIABLE: &str = "CASEMATE_PKCS11_PIN";

/// The user PIN: the first line of the address's `pin-source`, or else of the environment variable.
///
/// # Errors
/// [`ErrorKind::Permanent`]: there is none, or the file can't be read.
pub(super) fn read(address: &Address) -> Result<AuthPin, HsmError> {
    let text = match address.pin_source() {
        Some(file) => Zeroizing::new(fs::read_to_string(file).map_err(|error| {
            let file = file.display();
            missing(format!("the file {file} of `pin-source` can't be read: {error}"))
        })?),
        None => Zeroizing::new(std::env::var(VARIABLE).map_err(|_| {
            missing(format!(
                "the token needs a PIN: set {VARIABLE}, or add `&pin-source=FILE` to the address"
            ))
        })?),
    };
    match text.lines().next() {
        Some(pin) if !pin.is_empty() => Ok(AuthPin::from(pin.to_owned())),
        _ => Err(missing(
            "the PIN is empty: its source has nothing on its first line".to_owned(),
        )),
    }
}

fn missing(message: String) -> HsmError {
    HsmError::new(ErrorKind::Permanent, message)
}
