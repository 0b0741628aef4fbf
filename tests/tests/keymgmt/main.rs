//! Vault's key management engine on a real daemon and the simulator.

mod keys;
mod making;
