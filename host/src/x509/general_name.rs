//! Names of a subject beside its distinguished one (RFC 5280, section 4.2.1.6).

use std::net::IpAddr;
use x509_cert::der;
use x509_cert::der::asn1::{Any, Ia5String, OctetString, Utf8StringRef};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::ext::pkix::name::{GeneralName, OtherName};

pub(crate) fn dns(name: &str) -> der::Result<GeneralName> {
    Ok(GeneralName::DnsName(Ia5String::new(name)?))
}

pub(crate) fn email(address: &str) -> der::Result<GeneralName> {
    Ok(GeneralName::Rfc822Name(Ia5String::new(address)?))
}

pub(crate) fn uri(uri: &str) -> der::Result<GeneralName> {
    Ok(GeneralName::UniformResourceIdentifier(Ia5String::new(uri)?))
}

pub(crate) fn ip(address: IpAddr) -> der::Result<GeneralName> {
    let octets = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    Ok(GeneralName::IpAddress(OctetString::new(octets)?))
}

/// A UTF8String under an object identifier.
pub(crate) fn other(type_id: ObjectIdentifier, text: &str) -> der::Result<GeneralName> {
    Ok(GeneralName::OtherName(OtherName {
        type_id,
        value: Any::from(Utf8StringRef::new(text)?),
    }))
}
