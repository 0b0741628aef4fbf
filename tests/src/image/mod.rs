//! What an image's code can reach: its functions, and who may call whom.
//!
//! For ARM images with a symbol table (Arm Architecture Procedure Call Standard, "ELF for the Arm Architecture", mapping
//! symbols). Calls are found by decoding Thumb-2; a function whose address is taken, in a literal, by MOVW and MOVT or in
//! a table of constants that is named so, counts as called by whoever takes it.

mod graph;
mod symbols;
mod thumb;

pub use graph::Graph;
