//! Public keys as text (RFC 7468).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Characters in a line (RFC 7468, section 2).
const LINE: usize = 64;

/// A SubjectPublicKeyInfo in DER as PEM; `None` for the empty one of a secret key.
pub(crate) fn public_key(spki: &[u8]) -> Option<String> {
    if spki.is_empty() {
        return None;
    }
    let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
    for line in STANDARD.encode(spki).as_bytes().chunks(LINE) {
        pem.extend(line.iter().copied().map(char::from));
        pem.push('\n');
    }
    pem.push_str("-----END PUBLIC KEY-----\n");
    Some(pem)
}
