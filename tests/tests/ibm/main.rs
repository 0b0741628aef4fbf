//! IBM's Vault API on a real daemon and the simulator: a login by a signed token, the clients of others, and what is
//! left after a crash.

mod client;
mod examples;
mod identity;
mod issuer;
mod kill;
mod login;
mod private;
mod provider;
mod public;
mod vaultrs_kv;
