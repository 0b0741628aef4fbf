//! The device as a whole, in this process: bytes in, bytes out.

mod attest;
mod audit;
mod board;
mod commands;
mod cuts;
mod domain;
mod failures;
mod host;
mod images;
mod keys;
mod noise;
mod roles;
mod rsa_keys;
mod sessions;
mod signed;
mod splices;
mod streams;
mod sweeps;
mod trials;
mod wire;
mod wrapping;
