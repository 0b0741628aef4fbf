//! Keys as text (RFC 7468).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

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

/// The bytes that a PEM text of one part stands for, whatever its label; `None` where it is none.
pub(crate) fn decode(pem: &str) -> Option<Zeroizing<Vec<u8>>> {
    let lines = pem.lines().map(str::trim);
    let base64: Zeroizing<String> = Zeroizing::new(lines.filter(|line| !line.starts_with("-----")).collect());
    let bytes = STANDARD.decode(base64.as_bytes()).ok()?;
    (!bytes.is_empty()).then(|| Zeroizing::new(bytes))
}
