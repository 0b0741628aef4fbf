//! The parts on the board, one file each, over `embedded-hal`'s buses.

#[cfg(test)]
mod model;
mod w25q80;

pub use w25q80::{W25Q80, W25Q80Error};
