//! Keys' types and attributes, as people write and read them.

use casemate_common::blob::{Attributes, KeyType, Origin};
use serde_json::{Value, json};

/// Every type, by the name that people write.
pub(super) const TYPES: [(&str, KeyType); 8] = [
    ("aes-256", KeyType::Aes256),
    ("rsa-2048", KeyType::Rsa2048),
    ("rsa-3072", KeyType::Rsa3072),
    ("rsa-4096", KeyType::Rsa4096),
    ("p-256", KeyType::P256),
    ("p-384", KeyType::P384),
    ("p-521", KeyType::P521),
    ("hmac", KeyType::Hmac),
];

/// All that is fixed about a key.
pub(super) fn shown(attributes: &Attributes) -> Value {
    let template = &attributes.template;
    let usages: Vec<&str> = template.usages().names().collect();
    json!({
        "id": attributes.id.to_string(),
        "type": name(template.key_type()),
        "usages": usages,
        "origin": match attributes.origin {
            Origin::Generated => "generated in the device",
            Origin::Imported => "imported",
        },
        "distributable": template.distributable(),
        "created_at": when(template.created_at()),
    })
}

fn name(kind: KeyType) -> &'static str {
    let found = TYPES.iter().find(|(_, known)| *known == kind);
    found.map_or("unknown", |(name, _)| name)
}

fn when(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}
