//! Managed secrets: versioned secrets that are known by an identifier and a name unique for their kind, with labels,
//! locks, an end and automatic rotation.
//!
//! A managed secret is a secret at the path `<kind>/<identifier>`, whose row has more behind it ([`Managed`]): values
//! are sealed, read and committed as all others are, and every change of both parts is one atomic batch. Names are
//! rows of their own ([`names`]), written in the same batch under the condition that they were free.

mod catalogue;
mod certificate;
mod change;
mod create;
mod credentials;
mod due;
mod guard;
mod issuance;
mod lock;
pub(super) mod names;
mod policy;
mod row;

pub(super) use catalogue::Catalogue;
pub use catalogue::{ListQuery, Listed, Order};
pub use certificate::{BadCertificate, Bundle, Certificate};
pub(super) use certificate::{chain_of, der};
pub use change::{Description, LeaseChange, Rotation};
pub use create::NewSecret;
pub use credentials::{Credentials, PASSWORD_LEN};
pub(super) use due::on_schedule;
pub use guard::NewEdition;
pub use issuance::{Held, Issuance, LeaseTerms};
pub use lock::{LockMode, MAX_LOCKS, NewLock, Unlocking};
pub use names::Found;
pub(super) use names::path as path_of_secret;
pub use row::{Edition, Interval, Kind, Lock, Managed, Policy, Which};
