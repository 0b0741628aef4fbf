//! Used by the crate's build script: whose images the one that is being built takes.

use std::ffi::OsString;
use std::path::PathBuf;

/// Where the development key's public half lies, from the repository's top.
pub(crate) const DEVELOPMENT: &str = "boards/keys/development.der";

/// Which key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The one that everybody has.
    Development,
    /// The one in this file, from the repository's top if it is a relative path.
    Named(PathBuf),
}

impl Choice {
    /// What the variable's value means, or that there is none.
    ///
    /// # Errors
    /// A sentence for an empty one: whoever sets it means to name a key of their own.
    pub(crate) fn of(value: Option<OsString>) -> Result<Self, &'static str> {
        match value {
            None => Ok(Self::Development),
            Some(name) if name.is_empty() => {
                Err("it is set, but empty; name the public key in DER, or unset it for the development key")
            }
            Some(name) => Ok(Self::Named(name.into())),
        }
    }

    /// The file that the key is in.
    pub(crate) fn file(self) -> PathBuf {
        match self {
            Self::Development => DEVELOPMENT.into(),
            Self::Named(file) => file,
        }
    }
}
