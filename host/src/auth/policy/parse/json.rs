//! Policies in JSON: `{"path": {"…": {"capabilities": ["…", …]}}}`.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::{Body, Rule, unknown_key};

pub(super) fn rules(text: &str) -> Result<Vec<Rule>, String> {
    let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let rules = document.0.into_iter().map(|(path, body)| body.rule(&path));
    rules.collect()
}

struct Document(Vec<(String, Body)>);

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(DocumentVisitor)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the key \"path\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let mut paths = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if key != "path" {
                let what = format!("{key:?} is not supported; a policy holds the key \"path\" only");
                return Err(A::Error::custom(what));
            }
            paths.extend(map.next_value::<Paths>()?.0);
        }
        Ok(Document(paths))
    }
}

/// Paths and what stands under them, in order; a path may come twice.
struct Paths(Vec<(String, Body)>);

impl<'de> Deserialize<'de> for Paths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PathsVisitor)
    }
}

struct PathsVisitor;

impl<'de> Visitor<'de> for PathsVisitor {
    type Value = Paths;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object from paths to what they allow")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Paths, A::Error> {
        let mut paths = Vec::new();
        while let Some(entry) = map.next_entry()? {
            paths.push(entry);
        }
        Ok(Paths(paths))
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with capabilities")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
        let mut body = Body::default();
        while let Some(key) = map.next_key::<String>()? {
            let again = match key.as_str() {
                "capabilities" => body.capabilities.replace(map.next_value()?).is_some(),
                "policy" => body.policy.replace(map.next_value()?).is_some(),
                _ => return Err(A::Error::custom(unknown_key(&key))),
            };
            if again {
                return Err(A::Error::custom(format!("{key} is set twice")));
            }
        }
        Ok(body)
    }
}
