//! The HTTP contract, over the real engine, store and tokens, and a stand-in device.

mod contract;
mod core;
mod fixture;
mod ibm;
mod identity;
mod imco;
mod keymgmt;
mod limits;
mod methods;
mod mounts;
mod refusals;
mod server;
mod tenancy;
