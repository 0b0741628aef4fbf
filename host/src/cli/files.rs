//! Files that commands read and write.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use zeroize::Zeroizing;

type Failure = Box<dyn Error + Send + Sync>;

/// A whole file.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Zeroizing::new(bytes))
}

/// A whole file; what its first PEM block holds where it is PEM.
pub(super) fn der(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bytes = read(path)?;
    let Some(text) = std::str::from_utf8(&bytes)
        .ok()
        .filter(|text| text.contains("-----BEGIN "))
    else {
        return Ok(bytes);
    };
    let lines = text.lines().skip_while(|line| !line.starts_with("-----BEGIN "));
    let body: Zeroizing<String> = Zeroizing::new(
        lines
            .skip(1)
            .take_while(|line| !line.starts_with("-----END "))
            .map(str::trim)
            .collect(),
    );
    let decoded = STANDARD.decode(body.as_bytes());
    decoded
        .map(Zeroizing::new)
        .map_err(|_| format!("{}: this PEM does not decode", path.display()).into())
}

/// A secret that stands in a file, without the white space around it.
pub(super) fn secret(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Zeroizing::new(Zeroizing::new(text).trim().to_owned()))
}

/// Writes a file that only its owner may read.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| format!("{}: {error}", path.display()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pem;

    #[test]
    fn pem_is_read_as_it_was_written() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("key.pem");
        let spki: Vec<u8> = (0..=255).collect();
        let pem = pem::public_key(&spki).expect("PEM");
        assert!(pem.lines().all(|line| line.len() <= 64));
        write(&path, pem.as_bytes()).expect("a file");
        assert_eq!(*der(&path).expect("DER"), spki);
        write(&path, &spki).expect("a file");
        assert_eq!(*der(&path).expect("DER"), spki);
        assert_eq!(pem::public_key(&[]), None);
    }
}
