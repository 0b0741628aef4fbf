use crate::api::vault::Fault;
use casemate_common::blob::KeyType;

const TYPES: [(&str, KeyType); 7] = [
    ("aes256-gcm96", KeyType::Aes256),
    ("rsa-2048", KeyType::Rsa2048),
    ("rsa-3072", KeyType::Rsa3072),
    ("rsa-4096", KeyType::Rsa4096),
    ("ecdsa-p256", KeyType::P256),
    ("ecdsa-p384", KeyType::P384),
    ("ecdsa-p521", KeyType::P521),
];

/// The names of all types.
pub(super) fn names() -> [&'static str; 7] {
    TYPES.map(|(name, _)| name)
}

/// The type of this name.
pub(super) fn parse(name: &str) -> Result<KeyType, Fault> {
    let found = TYPES.iter().find(|(known, _)| *known == name);
    found.map(|(_, key_type)| *key_type).ok_or_else(|| {
        let known = names().join(", ");
        Fault::bad_request(format!("unsupported key type {name:?}; it can be {known}"))
    })
}

/// A type's name.
pub(super) fn name(key_type: KeyType) -> &'static str {
    let found = TYPES.iter().find(|(_, known)| *known == key_type);
    found.map_or("", |(name, _)| name)
}
