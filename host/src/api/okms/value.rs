//! The value of a version: a JSON object, kept byte for byte as it was sent, so that numbers keep their digits.

use super::fault::Fault;
use crate::engine::EngineError;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroizing;

/// A checked JSON object. Secret.
#[derive(Clone, Copy)]
pub(in crate::api) struct Value<'a>(&'a RawValue);

/// Checks what was sent as `data`.
pub(in crate::api) fn parse(raw: &RawValue) -> Result<Value<'_>, Fault> {
    match raw.get().as_bytes() {
        b"null" => Err(Fault::bad_request("no data provided")),
        [b'{', ..] => match serde_json::from_str::<Checked>(raw.get()) {
            Ok(Checked) => Ok(Value(raw)),
            Err(error) if error.to_string().contains("recursion limit") => {
                Err(Fault::bad_request("data is nested too deeply"))
            }
            Err(_) => Err(Fault::bad_request(
                "error parsing JSON: data holds text or a number that is not valid",
            )),
        },
        _ => Err(Fault::bad_request(
            "Field validation failed: data must be an object",
        )),
    }
}

impl Value<'_> {
    /// Its length in bytes.
    pub(in crate::api) fn len(&self) -> usize {
        self.0.get().len()
    }

    /// Its bytes, for the device to seal.
    pub(in crate::api) fn to_bytes(self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.get().as_bytes().to_vec())
    }

    /// What JSON merge patch (RFC 7396) by this makes of `old`.
    pub(in crate::api) fn merged_into(self, old: &[u8]) -> Result<Zeroizing<Vec<u8>>, EngineError> {
        let mut merged = Zeroizing::new(Vec::with_capacity(old.len() + self.len()));
        let old = serde_json::from_slice(old).map_err(unreadable)?;
        merge(&mut merged, Some(old), self.0).map_err(unreadable)?;
        Ok(merged)
    }
}

/// The keys of a value with every leaf replaced by null; objects below `depth` count as leaves, 0 as no limit.
pub(in crate::api) fn subkeys(value: &[u8], depth: u32) -> Result<Vec<u8>, EngineError> {
    let mut keys = Vec::with_capacity(value.len());
    let value = serde_json::from_slice(value).map_err(unreadable)?;
    write_subkeys(&mut keys, value, depth).map_err(unreadable)?;
    Ok(keys)
}

type Object<'a> = BTreeMap<String, &'a RawValue>;

fn unreadable(error: serde_json::Error) -> EngineError {
    EngineError::Damaged(format!(
        "a stored value is no JSON object ({:?})",
        error.classify()
    ))
}

fn object(raw: &RawValue) -> Option<Result<Object<'_>, serde_json::Error>> {
    raw.get()
        .starts_with('{')
        .then(|| serde_json::from_str(raw.get()))
}

fn merge(out: &mut Vec<u8>, old: Option<&RawValue>, patch: &RawValue) -> Result<(), serde_json::Error> {
    let Some(patch) = object(patch).transpose()? else {
        out.extend_from_slice(patch.get().as_bytes());
        return Ok(());
    };
    let old = old.and_then(object).transpose()?.unwrap_or_default();
    let mut members: BTreeMap<&str, (Option<&RawValue>, Option<&RawValue>)> = BTreeMap::new();
    for (key, value) in &old {
        members.entry(key).or_default().0 = Some(value);
    }
    for (key, value) in &patch {
        members.entry(key).or_default().1 = Some(value);
    }
    members.retain(|_, (_, patch)| patch.is_none_or(|patch| patch.get() != "null"));
    write_object(out, members, |out, (old, patch)| match (old, patch) {
        (old, Some(patch)) => merge(out, old, patch),
        (old, None) => {
            out.extend_from_slice(old.map_or("null", RawValue::get).as_bytes());
            Ok(())
        }
    })
}

fn write_subkeys(out: &mut Vec<u8>, value: &RawValue, depth: u32) -> Result<(), serde_json::Error> {
    let members = object(value).transpose()?.unwrap_or_default();
    write_object(out, members, |out, value| match object(value).transpose()? {
        Some(members) if !members.is_empty() && depth != 1 => {
            write_subkeys(out, value, depth.saturating_sub(1))
        }
        _ => {
            out.extend_from_slice(b"null");
            Ok(())
        }
    })
}

fn write_object<K: AsRef<str>, V>(
    out: &mut Vec<u8>,
    members: BTreeMap<K, V>,
    mut write: impl FnMut(&mut Vec<u8>, V) -> Result<(), serde_json::Error>,
) -> Result<(), serde_json::Error> {
    out.push(b'{');
    for (index, (key, value)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        serde_json::to_writer(&mut *out, key.as_ref())?;
        out.push(b':');
        write(out, value)?;
    }
    out.push(b'}');
    Ok(())
}

/// Reads JSON without keeping any: finds what a raw value lets pass (too deep nesting, half surrogates, numbers out of
/// range), so that what is stored can be parsed later.
struct Checked;

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Checked {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while let Some(Self) = items.next_element()? {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        while let Some((Self, Self)) = members.next_entry()? {}
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).expect("raw JSON")
    }

    fn merged(old: &str, patch: &str) -> String {
        let patch = raw(patch);
        let bytes = parse(&patch)
            .expect("an object")
            .merged_into(old.as_bytes())
            .expect("merges");
        String::from_utf8(bytes.to_vec()).expect("text")
    }

    #[test]
    fn merge_patch_follows_rfc_7396() {
        for (old, patch, expected) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (
                r#"{"a":{"b":"c"}}"#,
                r#"{"a":{"b":"d","c":null}}"#,
                r#"{"a":{"b":"d"}}"#,
            ),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"a":1,"e":null}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
            (r#"{"a":"x"}"#, r#"{"a":{"b":1}}"#, r#"{"a":{"b":1}}"#),
        ] {
            assert_eq!(merged(old, patch), expected, "{old} + {patch}");
        }
    }

    #[test]
    fn numbers_keep_their_digits() {
        let old = r#"{"big":123456789012345678901234567890,"exact":1.10}"#;
        assert_eq!(
            merged(old, r#"{"x":1e2}"#),
            r#"{"big":123456789012345678901234567890,"exact":1.10,"x":1e2}"#
        );
    }

    #[test]
    fn subkeys_stop_at_their_depth() {
        let value = br#"{"a":{"b":{"c":1},"d":[{"e":1}]},"f":{},"g":"h"}"#;
        for (depth, expected) in [
            (0, r#"{"a":{"b":{"c":null},"d":null},"f":null,"g":null}"#),
            (1, r#"{"a":null,"f":null,"g":null}"#),
            (2, r#"{"a":{"b":null,"d":null},"f":null,"g":null}"#),
            (3, r#"{"a":{"b":{"c":null},"d":null},"f":null,"g":null}"#),
        ] {
            let keys = subkeys(value, depth).expect("an object");
            assert_eq!(String::from_utf8(keys).expect("text"), expected);
        }
    }

    #[test]
    fn what_could_not_be_parsed_later_is_refused_now() {
        let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        for text in ["null", "[]", "1", r#"{"a":"\ud800"}"#, r#"{"a":1e999}"#, &deep] {
            assert!(parse(&raw(text)).is_err(), "{text:.20}");
        }
        assert!(parse(&raw(r#"{"a":[true,null,-1,0.5,"\u00e9"]}"#)).is_ok());
    }
}
