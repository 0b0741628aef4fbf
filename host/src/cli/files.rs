//! Files that commands read and write.

use crate::hsm::pkcs11;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use casemate_common::blob::Head;
use casemate_common::error::ErrorCode;
use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use x509_cert::der::Decode;
use x509_cert::spki::SubjectPublicKeyInfoRef;
use zeroize::Zeroizing;

type Failure = Box<dyn Error + Send + Sync>;

/// A whole file.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bytes = fs::read(path).map_err(|error| naming(path, &error))?;
    Ok(Zeroizing::new(bytes))
}

/// A whole file; what its first PEM block holds where it is PEM.
pub(super) fn der(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bytes = read(path)?;
    let Some(text) = as_pem(&bytes) else {
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

/// The text of a file where it is PEM.
fn as_pem(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.contains("-----BEGIN ").then_some(text)
}

/// A key's blob, of a device or of a token. Whether it is a sound one says whoever made it, who does not know the file.
pub(super) fn blob(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bytes = read(path)?;
    let is_of_device = !bytes.is_empty() && !matches!(Head::split(&bytes), Err(ErrorCode::KeyVersion));
    if is_of_device || pkcs11::is_blob(&bytes) {
        return Ok(bytes);
    }
    Err(format!(
        "{}: this is no key blob{}; name what `casemate device key generate`, `import` or `unwrap` wrote to its --out",
        path.display(),
        if as_pem(&bytes).is_some() { ", but PEM" } else { "" }
    )
    .into())
}

/// A public key: SubjectPublicKeyInfo, in PEM or DER.
pub(super) fn public_key(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bytes = der(path)?;
    match SubjectPublicKeyInfoRef::from_der(&bytes) {
        Ok(_) => Ok(bytes),
        Err(_) => Err(format!(
            "{}: this is no public key in PEM or DER; `casemate device key public --key BLOB --out FILE` writes one of a \
             key blob, `openssl pkey -in KEY -pubout` of a private key",
            path.display()
        )
        .into()),
    }
}

/// A secret that stands in a file, without the white space around it.
pub(super) fn secret(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| naming(path, &error))?;
    Ok(Zeroizing::new(Zeroizing::new(text).trim().to_owned()))
}

/// Refuses a file that is there already: it may hold the only copy of a key. Asked before long work; [`write_new`] refuses
/// it as well, should it have come meanwhile.
pub(super) fn refuse_existing(path: &Path) -> Result<(), Failure> {
    match path.symlink_metadata() {
        Ok(_) => Err(exists_already(path)),
        Err(_) => Ok(()),
    }
}

/// Writes a new file that only its owner may read, durably. One that is there already stays as it is.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    create(path, bytes, 0o600)
}

/// The same, of which nothing is secret.
pub(super) fn publish_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    create(path, bytes, 0o666)
}

fn create(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(mode).open(path);
    let mut file = opened.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists_already(path),
        _ => naming(path, &error),
    })?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.map_err(|error| {
        // Half of it is of no use to anybody, and would be in the way.
        let _ = fs::remove_file(path);
        naming(path, &error)
    })
}

fn exists_already(path: &Path) -> Failure {
    format!("{} exists already; choose another name", path.display()).into()
}

fn naming(path: &Path, error: &io::Error) -> Failure {
    format!("{}: {error}", path.display()).into()
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
        write_new(&path, pem.as_bytes()).expect("a file");
        assert_eq!(*der(&path).expect("DER"), spki);
        let path = directory.path().join("key.der");
        write_new(&path, &spki).expect("a file");
        assert_eq!(*der(&path).expect("DER"), spki);
        assert_eq!(pem::public_key(&[]), None);
    }

    #[test]
    fn what_is_there_stays_as_it_is() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("key");
        refuse_existing(&path).expect("nothing is there");
        write_new(&path, b"first").expect("a file");
        let said = [refuse_existing(&path), write_new(&path, b"second")]
            .map(|refused| refused.expect_err("it exists").to_string());
        let expected = format!("{} exists already; choose another name", path.display());
        assert_eq!(said, [expected.clone(), expected]);
        assert_eq!(*read(&path).expect("a file"), b"first");
    }

    #[test]
    fn what_leads_elsewhere_is_not_followed() {
        let directory = tempfile::tempdir().expect("a directory");
        let (path, target) = (directory.path().join("link"), directory.path().join("target"));
        std::os::unix::fs::symlink(&target, &path).expect("a link");
        assert!(refuse_existing(&path).is_err() && write_new(&path, b"key").is_err());
        assert!(!target.exists());
    }
}
