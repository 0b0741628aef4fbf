//! A client of ACME (RFC 8555): the account's key signs in the device, and names are proved by records in the DNS.
//!
//! Every step is a request of its own that can be asked again, so that whoever drives an order can write down how far it
//! has come. What a server says is hostile until parsed: answers are bounded, and only URLs with `https` are followed.

mod account;
mod client;
mod error;
mod jws;
mod key;
mod order;

pub(crate) use client::Client;
pub(crate) use error::AcmeError;
pub(crate) use key::{AccountKey, Jwk};
pub(crate) use order::{Authorization, Order, Status};
