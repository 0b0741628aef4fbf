use std::collections::BTreeMap;

use serde_json::{Map, Value};
use zeroize::Zeroize;

use super::{Malformed, json_object};
use crate::engine::span::Span;

/// The fields of a body, read as loosely as Vault reads them: numbers and booleans may come as text, lists as text
/// with commas. What is absent or null is `None`; what is unknown is ignored, as in Vault.
pub(in crate::api) struct Fields(Map<String, Value>);

impl Fields {
    pub(in crate::api) fn parse(body: &[u8]) -> Result<Self, Malformed> {
        json_object(body).map(Self)
    }

    /// The fields of an object that stands in a field.
    pub(in crate::api) fn nested(&self, name: &str) -> Result<Option<Self>, Malformed> {
        self.read(name, "an object", |value| Some(Self(value.as_object()?.clone())))
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn read<T>(
        &self,
        name: &str,
        what: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, Malformed> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let read =
            read(value).ok_or_else(|| Malformed(format!("Field validation failed: {name} must be {what}")));
        read.map(Some)
    }

    pub(in crate::api) fn text(&self, name: &str) -> Result<Option<String>, Malformed> {
        self.read(name, "a string", text)
    }

    pub(in crate::api) fn flag(&self, name: &str) -> Result<Option<bool>, Malformed> {
        self.read(name, "true or false", |value| match value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => text.to_ascii_lowercase().parse().ok(),
            _ => None,
        })
    }

    pub(in crate::api) fn number(&self, name: &str) -> Result<Option<u64>, Malformed> {
        self.read(name, "a number that is not negative", |value| match value {
            Value::String(text) => text.parse().ok(),
            value => value.as_u64(),
        })
    }

    /// Seconds, or a duration such as `"1h30m"`.
    pub(in crate::api) fn span(&self, name: &str) -> Result<Option<Span>, Malformed> {
        let what = "seconds or a duration such as 90s, 1h30m or 7d";
        self.read(name, what, |value| match value {
            Value::String(text) if text.is_empty() => Some(Span::ZERO),
            Value::String(text) => text.parse().ok(),
            value => value.as_i64().map(Span::from_secs),
        })
    }

    pub(in crate::api) fn list(&self, name: &str) -> Result<Option<Vec<String>>, Malformed> {
        self.read(name, "a list of strings", |value| match value {
            Value::String(joined) => {
                let parts = joined.split(',').map(str::trim).filter(|part| !part.is_empty());
                Some(parts.map(Into::into).collect())
            }
            Value::Array(items) => items.iter().map(text).collect(),
            _ => None,
        })
    }

    pub(in crate::api) fn map(&self, name: &str) -> Result<Option<BTreeMap<String, String>>, Malformed> {
        self.read(name, "an object of strings", |value| {
            let entries = value.as_object()?.iter();
            entries
                .map(|(key, value)| Some((key.clone(), text(value)?)))
                .collect()
        })
    }

    /// Names and values: an object, or a list of `name=value`.
    pub(in crate::api) fn pairs(&self, name: &str) -> Result<Option<BTreeMap<String, String>>, Malformed> {
        if !matches!(self.value(name), Some(Value::Array(_))) {
            return self.map(name);
        }
        self.read(name, "a list of name=value; invalid key pair", |value| {
            let pairs = value.as_array()?.iter();
            pairs
                .map(|pair| {
                    let (name, value) = pair.as_str()?.split_once('=')?;
                    (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
                })
                .collect()
        })
    }
}

impl Drop for Fields {
    /// Some of them are secrets.
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
