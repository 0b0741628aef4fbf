//! IBM's Vault API on a real daemon and the simulator: a login by a signed token, the clients of others, and what is
//! left after a crash.

mod client;
mod cloud;
mod examples;
mod identity;
mod issuer;
mod kill;
mod leases;
mod login;
mod private;
mod private_kill;
mod provider;
mod public;
mod vaultrs_kv;
