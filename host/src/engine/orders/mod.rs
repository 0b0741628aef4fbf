//! Certificates of public authorities, ordered by ACME (RFC 8555).
//!
//! Each step of an order is written down before the next is done. An order is asked for once: where it is not known
//! whether the authority has it, the order is given up, in words, rather than asked for again. All else may be repeated,
//! so that an order that was interrupted goes on where it stopped.
//!
//! The account's key and the certificates' keys are made or kept in the device, which signs with them; a certificate's
//! key leaves it when the certificate has come, to be sealed with it.
//!
//! ```text
//! order/ ‖ due: nanoseconds (8 bytes) ‖ secret (16 bytes)          collection (16 bytes)
//! order-records/ ‖ due: nanoseconds (8 bytes) ‖ random (16 bytes)  records to be removed from the DNS
//! ```

mod account;
mod begin;
mod change;
mod config;
mod dns;
mod drive;
mod fault;
mod finish;
mod leaf;
mod prove;
mod spent;
mod terms;
mod turn;

pub use begin::NewPublicCertificate;
pub(in crate::engine) use change::released;
pub use config::PublicAuthority;
pub use dns::DnsProvider;
pub use terms::{Proof, PublicTerms, Record, State};
pub(super) use turn::Driving;
