//! HTTP: one folder a dialect. Parsing, status codes and error bodies; no rules.

pub mod app;
mod ca;
mod docs;
mod gate;
mod guard;
pub mod ibm;
mod identity;
pub mod imco;
mod keymgmt;
mod methods;
mod okms;
mod router;
pub mod server;
pub mod sys;
#[cfg(test)]
mod tests;
pub mod vault;
mod wrapping;
