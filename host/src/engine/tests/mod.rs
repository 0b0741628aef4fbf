//! The engine over a real store and a stand-in device.

mod collections;
mod model;
mod secrets;
mod tampering;
mod vaults;
