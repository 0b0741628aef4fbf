//! The record log, the counters and the root secret of the firmware on the NOR model: against an oracle, cut at every flash
//! operation, filled, wiped and damaged.

mod capacity;
mod counters;
mod cuts;
mod damage;
mod erasure;
mod failure;
mod fuzz;
mod model;
mod root;
mod soak;
mod support;
mod sweep;
mod wear;
