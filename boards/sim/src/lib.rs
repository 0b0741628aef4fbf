//! The firmware as a host process.

pub mod nor;
