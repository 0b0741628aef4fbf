//! The firmware on the AST1030 EVB.
#![no_std]
#![no_main]
