use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const MAX_ENTRIES: usize = 64;
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 512;

/// What users note beside a secret, in the clear: at most 64 entries, keys of 1 to 128 and values of 1 to 512 printable
/// characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomMetadata(BTreeMap<String, String>);

/// Which rule custom metadata breaks. The texts are Vault's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCustomMetadata {
    /// More than 64 entries.
    #[error("payload must contain at most {MAX_ENTRIES} keys, provided {0}")]
    Entries(usize),
    /// A key of no or more than 128 characters.
    #[error("length of key {0:?} is {len} but must be 0 < len(key) <= {MAX_KEY}", len = .0.chars().count())]
    KeyLength(String),
    /// A value of no or more than 512 characters.
    #[error("length of value for key {0:?} is {1} but must be 0 < len(value) <= {MAX_VALUE}")]
    ValueLength(String, usize),
    /// A key with characters that do not print.
    #[error("key {0:?} contains unprintable characters")]
    KeyCharacter(String),
    /// A value with characters that do not print.
    #[error("value for key {0:?} contains unprintable characters")]
    ValueCharacter(String),
}

impl CustomMetadata {
    /// These entries, if they keep the rules.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn parse(entries: BTreeMap<String, String>) -> Result<Self, BadCustomMetadata> {
        if entries.len() > MAX_ENTRIES {
            return Err(BadCustomMetadata::Entries(entries.len()));
        }
        for (key, value) in &entries {
            check(key, value)?;
        }
        Ok(Self(entries))
    }

    /// With entries added, replaced and (where `None`) removed.
    ///
    /// # Errors
    /// The first rule that the result breaks.
    pub fn merged(&self, changes: &BTreeMap<String, Option<String>>) -> Result<Self, BadCustomMetadata> {
        let mut entries = self.0.clone();
        for (key, value) in changes {
            match value {
                Some(value) => entries.insert(key.clone(), value.clone()),
                None => entries.remove(key),
            };
        }
        Self::parse(entries)
    }

    /// Its entries, by key.
    pub fn entries(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

fn check(key: &str, value: &str) -> Result<(), BadCustomMetadata> {
    let value_len = value.chars().count();
    if !(1..=MAX_KEY).contains(&key.chars().count()) {
        Err(BadCustomMetadata::KeyLength(key.to_owned()))
    } else if !(1..=MAX_VALUE).contains(&value_len) {
        Err(BadCustomMetadata::ValueLength(key.to_owned(), value_len))
    } else if key.chars().any(char::is_control) {
        Err(BadCustomMetadata::KeyCharacter(key.to_owned()))
    } else if value.chars().any(char::is_control) {
        Err(BadCustomMetadata::ValueCharacter(key.to_owned()))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<CustomMetadata, BadCustomMetadata> {
        CustomMetadata::parse(pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect())
    }

    #[test]
    fn limits_hold_at_both_ends() {
        assert!(parse(&[(&"k".repeat(128), &"v".repeat(512))]).is_ok());
        assert_eq!(
            parse(&[("", "v")]),
            Err(BadCustomMetadata::KeyLength(String::new()))
        );
        assert!(parse(&[(&"k".repeat(129), "v")]).is_err());
        assert_eq!(
            parse(&[("k", "")]),
            Err(BadCustomMetadata::ValueLength("k".into(), 0))
        );
        assert!(parse(&[("k", &"v".repeat(513))]).is_err());
        assert!(parse(&[("k\n", "v")]).is_err());
        assert!(parse(&[("k", "v\u{7f}")]).is_err());
        let many =
            |count: usize| CustomMetadata::parse((0..count).map(|n| (n.to_string(), "v".into())).collect());
        assert!(many(64).is_ok());
        assert_eq!(many(65), Err(BadCustomMetadata::Entries(65)));
    }

    #[test]
    fn merging_adds_replaces_and_removes() {
        let old = parse(&[("a", "1"), ("b", "2")]).expect("valid");
        let changes = [("a", None), ("b", Some("3")), ("c", Some("4")), ("d", None)]
            .map(|(key, value)| (key.to_owned(), value.map(str::to_owned)));
        assert_eq!(old.merged(&changes.into()), parse(&[("b", "3"), ("c", "4")]));
    }
}
