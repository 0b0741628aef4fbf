//! IBM Cloud as its customers ask it: with an API key that IAM exchanges for a token.
//!
//! *What this trusts:* that whoever answers at a configured address, over TLS with a certificate of an authority that this
//! machine trusts, is IBM.

mod client;

pub(crate) use client::{Client, escaped, text};
