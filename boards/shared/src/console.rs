//! What a board tells whoever stands before it, over a wire that the host of the link does not hold: who pairs compares
//! the fingerprint here with the one that the host shows.
//!
//! *What this trusts:* that nobody sits on both wires. Nothing is ever read from this one.

use casemate_common::session::noise::Fingerprint;
use core::fmt::Write;
use heapless::String;

/// Bytes of the longest [`line()`].
pub const LINE_LEN: usize = 96;

/// What to say at a start: the device's fingerprint, if it serves.
pub fn line(fingerprint: Option<Fingerprint>) -> String<LINE_LEN> {
    let mut line = String::new();
    // There is room for either.
    let _ = match fingerprint {
        Some(fingerprint) => write!(line, "casemate: this device's fingerprint is {fingerprint}\r\n"),
        None => write!(
            line,
            "casemate: this device does not serve; `casemate device info` says why\r\n"
        ),
    };
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use casemate_common::session::noise::PublicKey;
    use casemate_firmware::channel::NoiseSuite;
    use casemate_firmware::crypto::Software;
    use std::string::ToString;

    #[test]
    fn a_line_is_whole() {
        let fingerprint = PublicKey::new([7; 32]).fingerprint::<NoiseSuite<Software>>();
        let line = line(Some(fingerprint));
        assert!(line.contains(&fingerprint.to_string()), "{line}");
        for line in [line, super::line(None)] {
            assert!(line.ends_with("\r\n"), "{line}");
        }
    }
}
