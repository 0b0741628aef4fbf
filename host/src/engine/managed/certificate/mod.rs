//! Imported certificates: what they say, and whether what comes with them belongs to them.
//!
//! The parts are a user's, hostile until parsed: PEM, one certificate of X.509 version 3 (RFC 5280), its private key
//! (PKCS#1, SEC 1 or PKCS#8, unencrypted), and the certificates that lead from it towards a root.

pub(in crate::engine) mod der;
mod key;
mod names;
#[cfg(test)]
mod tests;

use crate::engine::clock::Time;
use crate::pem;
use serde::{Deserialize, Serialize};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;

/// What a certificate says, as Go's x509 package names it, which is what IBM shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The subject's common name; empty where there is none.
    pub common_name: String,
    /// The names that it is for beside that.
    pub alt_names: Vec<String>,
    /// The values of the issuer's name, parted by spaces.
    pub issuer: String,
    /// Hexadecimal bytes parted by colons.
    pub serial_number: String,
    /// Of its public key: `RSA`, `ECDSA`, `Ed25519`.
    pub algorithm: String,
    /// Of its signature: `SHA256-RSA`, `ECDSA-SHA384` …
    pub key_algorithm: String,
    /// When it begins to count.
    pub not_before: Time,
    /// When it ceases to.
    pub not_after: Time,
    /// Whether certificates of its issuers came with it.
    pub intermediate_included: bool,
    /// Whether its private key came with it.
    pub private_key_included: bool,
}

/// Why a certificate can't be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCertificate {
    /// A certificate of the chain did not sign the one before it.
    #[error(
        "intermediate: the certificates must follow each other from the certificate's issuer on, each signed by the next"
    )]
    Chain,
    /// Its end has passed, or comes before its beginning.
    #[error("certificate: it has expired, or its dates are the wrong way round")]
    Dates,
    /// A private key with a password.
    #[error("private_key: it is encrypted; give it without a password")]
    Encrypted,
    /// The private key belongs to another certificate.
    #[error("private_key: it does not match the certificate")]
    KeyMismatch,
    /// No certificate in PEM, or more than one.
    #[error("certificate: give one X.509 certificate in PEM")]
    NoCertificate,
    /// No certificates in PEM.
    #[error("intermediate: give X.509 certificates in PEM")]
    NoIntermediate,
    /// No private key in PEM.
    #[error("private_key: give one RSA, EC or Ed25519 key in PEM, as PKCS#1, SEC 1 or PKCS#8")]
    NoKey,
}

/// What is imported together, in PEM.
#[derive(Debug, Clone, Copy)]
pub struct Bundle<'p> {
    /// The certificate.
    pub certificate: &'p str,
    /// Its private key. Secret.
    pub private_key: Option<&'p str>,
    /// The certificates of its issuers, nearest first.
    pub intermediate: Option<&'p str>,
}

impl Bundle<'_> {
    /// What the certificate says, if all parts belong together and it counts at `now` or later.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self, now: Time) -> Result<Certificate, BadCertificate> {
        let ders = certificates(self.certificate).ok_or(BadCertificate::NoCertificate)?;
        let [der] = ders.as_slice() else {
            return Err(BadCertificate::NoCertificate);
        };
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| BadCertificate::NoCertificate)?;
        let facts = self.facts(&certificate).ok_or(BadCertificate::NoCertificate)?;
        if facts.not_after <= now || facts.not_after < facts.not_before {
            return Err(BadCertificate::Dates);
        }
        if let Some(pem) = self.private_key {
            key::check(pem, certificate.public_key())?;
        }
        if let Some(chain) = self.intermediate {
            let chain = certificates(chain).ok_or(BadCertificate::NoIntermediate)?;
            check_chain(&certificate, &chain)?;
        }
        Ok(facts)
    }

    /// What a certificate says that was made here.
    pub(in crate::engine) fn facts_of_own(&self) -> Option<Certificate> {
        let ders = certificates(self.certificate)?;
        let (_, certificate) = X509Certificate::from_der(ders.first()?).ok()?;
        self.facts(&certificate)
    }

    fn facts(&self, certificate: &X509Certificate<'_>) -> Option<Certificate> {
        let common_name = certificate.subject().iter_common_name().next();
        let issuer = certificate.issuer().iter_attributes();
        let issuer: Vec<_> = issuer.filter_map(|attribute| attribute.as_str().ok()).collect();
        let time = |seconds: i64| Some(Time::from_nanos(seconds.checked_mul(1_000_000_000)?));
        let validity = certificate.validity();
        Some(Certificate {
            common_name: common_name
                .and_then(|name| name.as_str().ok())
                .unwrap_or_default()
                .into(),
            alt_names: alt_names(certificate),
            issuer: issuer.join(" "),
            serial_number: serial_number(certificate),
            algorithm: names::public_key(&certificate.public_key().algorithm.algorithm),
            key_algorithm: names::signature(&certificate.signature_algorithm.algorithm),
            not_before: time(validity.not_before.timestamp())?,
            // Dates past the year 2262 stand for "never".
            not_after: time(validity.not_after.timestamp()).unwrap_or(Time::from_nanos(i64::MAX)),
            intermediate_included: self.intermediate.is_some(),
            private_key_included: self.private_key.is_some(),
        })
    }
}

/// Without the byte that only keeps the number from being negative.
fn serial_number(certificate: &X509Certificate<'_>) -> String {
    let serial = certificate.raw_serial_as_string();
    match serial.strip_prefix("00:") {
        Some(number) => number.to_owned(),
        None => serial,
    }
}

/// The first certificate of a PEM text, and those behind it, each written anew; `None` where there is anything else.
pub(in crate::engine) fn chain_of(pem: &str) -> Option<(String, String)> {
    let ders = certificates(pem)?;
    let mut texts = ders.iter().map(|der| pem::encode("CERTIFICATE", der).to_string());
    Some((texts.next()?, texts.collect()))
}

/// The certificates in a PEM text, one at least; `None` where there is anything else.
fn certificates(pem: &str) -> Option<Vec<Vec<u8>>> {
    let blocks: Result<Vec<Pem>, _> = Pem::iter_from_buffer(pem.as_bytes()).collect();
    let blocks = blocks.ok().filter(|blocks| !blocks.is_empty())?;
    let all = blocks.iter().all(|block| block.label == "CERTIFICATE");
    all.then(|| blocks.into_iter().map(|block| block.contents).collect())
}

fn alt_names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let names = extension.value.general_names.iter();
    names
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        })
        .collect()
}

fn check_chain(certificate: &X509Certificate<'_>, chain: &[Vec<u8>]) -> Result<(), BadCertificate> {
    let mut subject = certificate.clone();
    for der in chain {
        let (_, issuer) = X509Certificate::from_der(der).map_err(|_| BadCertificate::NoIntermediate)?;
        let named = subject.issuer().as_raw() == issuer.subject().as_raw();
        if !named || subject.verify_signature(Some(issuer.public_key())).is_err() {
            return Err(BadCertificate::Chain);
        }
        subject = issuer;
    }
    Ok(())
}
