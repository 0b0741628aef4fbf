use super::BadX509;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::asn1::{Any, SetOfVec};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::oid::db::rfc4519::{COUNTRY_NAME, SERIAL_NUMBER};
use x509_cert::der::{Decode, Encode, Tag};
use x509_cert::name::Name;

/// A distinguished name of these attributes in this order, one in each relative name. The values are taken as they are:
/// nothing in them is an escape.
pub(crate) fn distinguished_name(attributes: &[(ObjectIdentifier, &str)]) -> Result<Name, BadX509> {
    let mut relative = Vec::new();
    for (oid, value) in attributes {
        // RFC 5280, appendix A.1: these two are printable strings and nothing else.
        let tag = match *oid {
            COUNTRY_NAME | SERIAL_NUMBER => Tag::PrintableString,
            _ => Tag::Utf8String,
        };
        let value = Any::new(tag, value.as_bytes())?;
        let attribute = AttributeTypeAndValue { oid: *oid, value };
        relative.extend(SetOfVec::try_from(vec![attribute])?.to_der()?);
    }
    let name = Any::new(Tag::Sequence, relative)?.to_der()?;
    Ok(Name::from_der(&name)?)
}
