//! What names, descriptions and labels may be.

use super::body::{Body, invalid, missing};
use crate::api::vault::Fault;
use crate::engine::clock::Time;
use crate::engine::collection::Title;
use crate::engine::managed::NewLock;
use serde_json::Value;

/// Bytes of metadata that users note beside a secret, a version or a lock.
pub(super) const MAX_CUSTOM: usize = 10 * 1024;
const MAX_LABELS: usize = 30;

/// A secret's name: 2 to 256 letters, digits, dashes and dots, a letter or digit at both ends. `groups` would be
/// mistaken for a part of the path.
pub(super) fn secret_name(name: &str) -> Result<(), Fault> {
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let inner = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    let edges = edge(name.bytes().next()) && edge(name.bytes().last());
    match inner && edges && (2..=256).contains(&name.len()) && name != "groups" {
        true => Ok(()),
        false => Err(invalid(
            "name",
            "2 to 256 letters, digits, dashes and dots, with a letter or digit at both ends, and not 'groups'",
        )),
    }
}

/// The name that a new secret must have.
pub(super) fn required_name(body: &Body<'_>) -> Result<String, Fault> {
    let name = body.text("name")?.ok_or_else(|| missing("name"))?;
    secret_name(&name)?;
    Ok(name)
}

/// A description of 2 to 1024 characters; an empty one is `Some(None)` and takes it away.
pub(super) fn description(body: &Body<'_>) -> Result<Option<Option<String>>, Fault> {
    match body.text("description")? {
        None => Ok(None),
        Some(text) if text.is_empty() => Ok(Some(None)),
        Some(text) if (2..=1024).contains(&text.chars().count()) => Ok(Some(Some(text))),
        Some(_) => Err(invalid("description", "2 to 1024 characters")),
    }
}

/// Up to 30 labels of 2 to 64 characters.
pub(super) fn labels(body: &Body<'_>) -> Result<Option<Vec<String>>, Fault> {
    let Some(labels) = body.list("labels")? else {
        return Ok(None);
    };
    if labels.len() > MAX_LABELS {
        return Err(invalid("labels", "at most 30 labels"));
    }
    let fits = |label: &String| {
        let bad = |c: char| c.is_control() || "<>,:&|".contains(c);
        (2..=64).contains(&label.chars().count()) && !label.contains(bad)
    };
    match labels.iter().all(fits) {
        true => Ok(Some(labels)),
        false => Err(invalid(
            "labels",
            "labels of 2 to 64 characters without < > , : & |",
        )),
    }
}

/// What a body calls a group.
pub(super) fn title(body: &Body<'_>, now: Time) -> Result<Title, Fault> {
    let name = body.text("name")?.ok_or_else(|| missing("name"))?;
    if !(2..=64).contains(&name.chars().count()) || name.contains(char::is_control) {
        return Err(invalid("name", "2 to 64 characters"));
    }
    Ok(Title {
        name,
        description: description(body)?.flatten(),
        updated: now,
    })
}

/// The locks that a body asks for.
pub(super) fn new_locks(body: &Body<'_>) -> Result<Vec<NewLock>, Fault> {
    let locks = body.value("locks")?.ok_or_else(|| missing("locks"))?;
    let Value::Array(locks) = locks else {
        return Err(invalid("locks", "a list of objects with a name"));
    };
    if locks.is_empty() {
        return Err(missing("locks"));
    }
    locks.iter().map(new_lock).collect()
}

fn new_lock(lock: &Value) -> Result<NewLock, Fault> {
    let name = lock
        .get("name")
        .and_then(Value::as_str)
        .ok_or_else(|| missing("locks[].name"))?;
    let bad = |c: char| c.is_control() || c == ',' || c == '*';
    if !(2..=256).contains(&name.chars().count()) || name.contains(bad) {
        return Err(invalid("locks[].name", "2 to 256 characters without , and *"));
    }
    let description = match lock.get("description") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.chars().count() <= 1024 => Some(text.clone()),
        Some(_) => {
            return Err(invalid(
                "locks[].description",
                "a string of at most 1024 characters",
            ));
        }
    };
    let attributes = match lock.get("attributes") {
        None | Some(Value::Null) => "{}".to_owned(),
        Some(object @ Value::Object(_)) => object.to_string(),
        Some(_) => return Err(invalid("locks[].attributes", "an object")),
    };
    if attributes.len() > MAX_CUSTOM {
        return Err(invalid("locks[].attributes", "an object of at most 10240 bytes"));
    }
    Ok(NewLock {
        name: name.to_owned(),
        description,
        attributes,
    })
}
