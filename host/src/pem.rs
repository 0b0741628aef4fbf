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
    Some(encode("PUBLIC KEY", spki).to_string())
}

/// These bytes under a label. The text is wiped when it is dropped.
pub(crate) fn encode(label: &str, der: &[u8]) -> Zeroizing<String> {
    let base64 = Zeroizing::new(STANDARD.encode(der));
    let marks = 2 * (label.len() + 24);
    let mut pem = Zeroizing::new(String::with_capacity(base64.len() + base64.len() / LINE + marks));
    pem.extend(["-----BEGIN ", label, "-----\n"]);
    for line in base64.as_bytes().chunks(LINE) {
        pem.extend(line.iter().copied().map(char::from));
        pem.push('\n');
    }
    pem.extend(["-----END ", label, "-----\n"]);
    pem
}

/// The first part of a PEM text that has this label.
pub(crate) fn part<'t>(pem: &'t str, label: &str) -> Option<&'t str> {
    let (_, rest) = pem.split_once(&format!("-----BEGIN {label}-----"))?;
    Some(rest.split_once(&format!("-----END {label}-----"))?.0)
}

/// The bytes that a PEM text of one part stands for, whatever its label; `None` where it is none.
pub(crate) fn decode(pem: &str) -> Option<Zeroizing<Vec<u8>>> {
    let lines = pem.lines().map(str::trim);
    let base64: Zeroizing<String> = Zeroizing::new(lines.filter(|line| !line.starts_with("-----")).collect());
    let bytes = STANDARD.decode(base64.as_bytes()).ok()?;
    (!bytes.is_empty()).then(|| Zeroizing::new(bytes))
}
