//! What Go's x509 package calls algorithms.

use x509_parser::der_parser::oid::Oid;

/// Of a public key; the identifier itself where Go has no name.
pub(super) fn public_key(oid: &Oid<'_>) -> String {
    match oid.to_id_string().as_str() {
        "1.2.840.113549.1.1.1" => "RSA".into(),
        "1.2.840.10045.2.1" => "ECDSA".into(),
        "1.3.101.112" => "Ed25519".into(),
        other => other.into(),
    }
}

/// Of a signature; the identifier itself where Go has no name.
pub(super) fn signature(oid: &Oid<'_>) -> String {
    match oid.to_id_string().as_str() {
        "1.2.840.113549.1.1.5" => "SHA1-RSA".into(),
        "1.2.840.113549.1.1.10" => "SHA256-RSAPSS".into(),
        "1.2.840.113549.1.1.11" => "SHA256-RSA".into(),
        "1.2.840.113549.1.1.12" => "SHA384-RSA".into(),
        "1.2.840.113549.1.1.13" => "SHA512-RSA".into(),
        "1.2.840.10045.4.1" => "ECDSA-SHA1".into(),
        "1.2.840.10045.4.3.2" => "ECDSA-SHA256".into(),
        "1.2.840.10045.4.3.3" => "ECDSA-SHA384".into(),
        "1.2.840.10045.4.3.4" => "ECDSA-SHA512".into(),
        "1.3.101.112" => "Ed25519".into(),
        other => other.into(),
    }
}
