use super::PkiError;
use x509_cert::der::Decode;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_PKCS1_RSAENCRYPTION};
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;

/// More than any request for a certificate needs.
const MAX_LEN: usize = 16 * 1024;

/// The public key of a certification request (PKCS#10, RFC 2986) in PEM, whose sender has proved to hold the private
/// one. Nothing else of it counts: what stands in a certificate is decided here.
pub(super) fn public_key(pem: &str) -> Result<SubjectPublicKeyInfoOwned, PkiError> {
    let invalid = |why: &str| PkiError::Invalid(format!("the certification request (csr) {why}"));
    if pem.len() > MAX_LEN {
        return Err(invalid("is longer than 16 KiB"));
    }
    let (_, pem) = parse_x509_pem(pem.as_bytes())
        .map_err(|_| invalid("is not PEM: it begins with -----BEGIN CERTIFICATE REQUEST-----"))?;
    let (_, request) =
        X509CertificationRequest::from_der(&pem.contents).map_err(|_| invalid("is not PKCS#10"))?;
    let key = &request.certification_request_info.subject_pki;
    let strong = match key.parsed() {
        Ok(PublicKey::EC(_)) => {
            let curve = key
                .algorithm
                .parameters
                .as_ref()
                .and_then(|curve| curve.as_oid().ok());
            key.algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY && curve == Some(OID_EC_P256)
        }
        Ok(PublicKey::RSA(rsa)) => {
            key.algorithm.algorithm == OID_PKCS1_RSAENCRYPTION && (2048..=4096).contains(&rsa.key_size())
        }
        _ => false,
    };
    if !strong {
        return Err(invalid(
            "must have a key on P-256 or an RSA key of 2048 to 4096 bits",
        ));
    }
    request
        .verify_signature()
        .map_err(|_| invalid("is not signed with its own key"))?;
    Ok(SubjectPublicKeyInfoOwned::from_der(key.raw)?)
}
