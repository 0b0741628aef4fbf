//! Tokens that are refused, and why.
