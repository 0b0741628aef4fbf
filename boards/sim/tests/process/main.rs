//! The simulator as a process of its own.

mod client;
mod cuts;
mod flash_file;
mod links;
mod simulator;
