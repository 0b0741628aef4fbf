//! Settings: from `casemate.toml`, the environment (`CASEMATE_…`) and flags, later ones winning.

mod file;
mod ibm;
mod imco;
mod settings;
mod tls;

pub use file::{ConfigError, File};
pub use ibm::IbmSettings;
pub use imco::{ImcoSettings, Item, Plan};
pub(crate) use settings::DEFAULT_DATA;
pub use settings::{Patch, ServeArgs, Settings};
