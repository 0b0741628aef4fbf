//! How far long work is, on a terminal; elsewhere nothing.

use std::io::{IsTerminal, Write, stderr};

const WIDTH: usize = 30;

/// A bar on the terminal.
pub(super) struct Bar {
    is_shown: bool,
}

impl Bar {
    pub(super) fn new() -> Self {
        Self {
            is_shown: stderr().is_terminal(),
        }
    }

    /// Draws it anew, `share` of it filled, with some words behind it.
    pub(super) fn show(&self, share: f64, words: &str) {
        if self.is_shown {
            let filled = ((share * WIDTH as f64) as usize).min(WIDTH);
            let bar = format!("{}{}", "#".repeat(filled), ".".repeat(WIDTH - filled));
            eprint!("\r[{bar}] {words}");
            // A terminal that went away needs no bar.
            let _ = stderr().flush();
        }
    }

    /// Takes it away.
    pub(super) fn clear(&self) {
        if self.is_shown {
            eprint!("\r{:80}\r", "");
        }
    }
}
