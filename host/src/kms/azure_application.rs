//! What proves to Azure who an application is, beside a secret: a certificate, whose RSA key the device is to keep, or the
//! token that the cluster gives to a workload.

use super::credential_file::{self, RsaKey};
use super::{Credentials, Given, KmsError};
use crate::pem;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::env;
use std::path::Path;
use x509_parser::parse_x509_certificate;

/// Names a file with a certificate and its private key, both in PEM.
pub(super) const FILE: &str = "client_certificate_path";
/// Names the certificate among the credentials: SHA-256 of its DER in base64url, as tokens have it.
pub(super) const THUMBPRINT: &str = "x5t#S256";
/// What another identity provider has signed for the application.
pub(super) const ASSERTION: &str = "client_assertion";

/// What somebody has given, with the certificate whose file they have named: a thumbprint alone would say who they are
/// and prove nothing.
pub(super) fn within(mut given: Credentials, directory: Option<&Path>) -> Result<Given, KmsError> {
    given.take(THUMBPRINT);
    match given.take(FILE) {
        Some(file) => with_certificate(given, &credential_file::named(FILE, &file, directory)?),
        None => Ok(Given::plain(given)),
    }
}

/// What the environment says, with the certificate whose file it names.
pub(super) fn anywhere(mut given: Credentials) -> Result<Given, KmsError> {
    match given.take(FILE) {
        Some(file) => with_certificate(given, &credential_file::read(Path::new(file.as_str()))?),
        None => Ok(Given::plain(given)),
    }
}

/// The workload's identity, where the cluster gives it one.
pub(super) fn workload() -> Result<Credentials, KmsError> {
    let mut found = Credentials::default();
    if let Some(file) = env::var_os("AZURE_FEDERATED_TOKEN_FILE") {
        found.set(ASSERTION, credential_file::read(Path::new(&file))?.trim());
    }
    Ok(found)
}

fn with_certificate(mut plain: Credentials, text: &str) -> Result<Given, KmsError> {
    let bad = |why: &str| KmsError::Configuration(format!("the client certificate's file {why}"));
    let certificate = pem::part(text, "CERTIFICATE").and_then(pem::decode);
    let certificate = certificate.ok_or_else(|| bad("has no CERTIFICATE in PEM"))?;
    let own = pem::part(text, "PRIVATE KEY").and_then(RsaKey::parse);
    let own = own.ok_or_else(|| {
        bad("has no PRIVATE KEY in PEM: an RSA key in PKCS#8 without a password, of 2048 to 4096 bits")
    })?;
    let (_, parsed) =
        parse_x509_certificate(&certificate).map_err(|_| bad("has a certificate that can't be read"))?;
    if *parsed.public_key().subject_public_key.data != own.public {
        return Err(bad("has a private key that is not the certificate's"));
    }
    let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(&certificate));
    plain.set(THUMBPRINT, &thumbprint);
    Ok(Given {
        plain,
        key: Some(own.key),
    })
}
