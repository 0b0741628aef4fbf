use super::refused;
use crate::engine::EngineError;
use crate::x509::distinguished_name;
use serde::{Deserialize, Serialize};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::oid::db::rfc4519;
use x509_cert::name::Name;

/// Most characters of a part of a name, where it is no fewer (RFC 5280, appendix A.1, and X.520 for addresses).
const MAX_PART: usize = 128;
/// Those that have fewer.
const SHORTER: [(ObjectIdentifier, usize); 5] = [
    (rfc4519::COMMON_NAME, 64),
    (rfc4519::ORGANIZATION_NAME, 64),
    (rfc4519::ORGANIZATIONAL_UNIT_NAME, 64),
    (rfc4519::POSTAL_CODE, 40),
    (rfc4519::SERIAL_NUMBER, 64),
];

/// What stands in a distinguished name beside the common name. Each list becomes attributes of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subject {
    /// Organizational units.
    pub ou: Vec<String>,
    /// Organizations.
    pub organization: Vec<String>,
    /// Countries, two letters each (ISO 3166).
    pub country: Vec<String>,
    /// Cities.
    pub locality: Vec<String>,
    /// States or provinces.
    pub province: Vec<String>,
    /// Street addresses.
    pub street_address: Vec<String>,
    /// Postal codes.
    pub postal_code: Vec<String>,
    /// Not the certificate's: that of whom it names.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub serial_number: String,
}

impl Subject {
    /// The distinguished name, in the order in which Go and so Vault write it.
    ///
    /// # Errors
    /// [`EngineError::BadChange`] for a part that a name can't have.
    pub(super) fn name(&self, common_name: Option<&str>) -> Result<Name, EngineError> {
        let lists: [(ObjectIdentifier, &[String]); 7] = [
            (rfc4519::COUNTRY_NAME, &self.country),
            (rfc4519::ORGANIZATION_NAME, &self.organization),
            (rfc4519::ORGANIZATIONAL_UNIT_NAME, &self.ou),
            (rfc4519::LOCALITY_NAME, &self.locality),
            (rfc4519::ST, &self.province),
            (rfc4519::STREET, &self.street_address),
            (rfc4519::POSTAL_CODE, &self.postal_code),
        ];
        let mut attributes = Vec::new();
        for (oid, list) in lists {
            attributes.extend(list.iter().map(|value| (oid, value.as_str())));
        }
        attributes.extend(common_name.map(|name| (rfc4519::COMMON_NAME, name)));
        let serial = Some(self.serial_number.as_str()).filter(|number| !number.is_empty());
        attributes.extend(serial.map(|number| (rfc4519::SERIAL_NUMBER, number)));
        for (oid, value) in &attributes {
            check(*oid, value)?;
        }
        Ok(distinguished_name(&attributes)?)
    }
}

fn check(oid: ObjectIdentifier, value: &str) -> Result<(), EngineError> {
    let shorter = SHORTER.into_iter().find(|(part, _)| *part == oid);
    let most = shorter.map_or(MAX_PART, |(_, most)| most);
    if value.is_empty() || value.chars().count() > most || value.contains(char::is_control) {
        return Err(refused(format!(
            "this part of a subject has 1 to {most} characters and no control characters: {value:?}"
        )));
    }
    let country = value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_alphabetic());
    if oid == rfc4519::COUNTRY_NAME && !country {
        return Err(refused(format!("country is two letters, such as US: {value:?}")));
    }
    let printable = |c: char| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c);
    if oid == rfc4519::SERIAL_NUMBER && !value.chars().all(printable) {
        return Err(refused(format!(
            "the subject's serial_number has letters, digits and ' ( ) + , - . / : = ? only: {value:?}"
        )));
    }
    Ok(())
}
