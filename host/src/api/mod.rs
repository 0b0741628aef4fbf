//! HTTP: one folder a dialect. Parsing, status codes and error bodies; no rules.

pub mod vault;
