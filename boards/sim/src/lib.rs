//! The firmware as a host process.
