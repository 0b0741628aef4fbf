//! Request bodies, read as loosely as Vault reads them: numbers may come as text, lists as text with commas. Whatever
//! may be secret is read straight out of the body, which is zeroized.

use crate::api::vault::Fault;
use crate::engine::clock::Time;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashMap;
use zeroize::Zeroizing;

/// The fields of a body. What is absent or null is `None`; what is unknown is ignored.
pub(super) struct Body<'b>(HashMap<String, &'b RawValue>);

impl<'b> Body<'b> {
    pub(super) fn parse(body: &'b [u8]) -> Result<Self, Fault> {
        let body = body.trim_ascii();
        if body.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        serde_json::from_slice(body).map(Self).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            Fault::bad_request(format!(
                "error parsing JSON: the body must be a JSON object (line {line} column {column})"
            ))
        })
    }

    /// A field as it came.
    pub(super) fn raw(&self, name: &str) -> Option<&'b RawValue> {
        self.0.get(name).copied().filter(|raw| raw.get() != "null")
    }

    pub(super) fn value(&self, name: &str) -> Result<Option<Value>, Fault> {
        let value = self.raw(name).map(|raw| serde_json::from_str(raw.get()));
        value.transpose().map_err(|_| invalid(name, "valid JSON"))
    }

    /// A text that may be secret.
    pub(super) fn secret(&self, name: &str) -> Result<Option<Zeroizing<String>>, Fault> {
        let text = self
            .raw(name)
            .map(|raw| serde_json::from_str::<String>(raw.get()));
        let text = text.transpose().map_err(|_| invalid(name, "a string"))?;
        Ok(text.map(Zeroizing::new))
    }

    /// A text that may be secret, and must be there.
    pub(super) fn required_secret(&self, name: &str) -> Result<Zeroizing<String>, Fault> {
        let text = self.secret(name)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| missing(name))
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        match self.value(name)? {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(name, "a string")),
        }
    }

    /// `true` and `false`, as text too.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        match self.value(name)? {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(Value::String(text)) if text == "true" => Ok(Some(true)),
            Some(Value::String(text)) if text == "false" => Ok(Some(false)),
            Some(_) => Err(invalid(name, "true or false")),
        }
    }

    pub(super) fn list(&self, name: &str) -> Result<Option<Vec<String>>, Fault> {
        let list = match self.value(name)? {
            None => return Ok(None),
            Some(Value::String(joined)) => {
                let parts = joined.split(',').map(str::trim).filter(|part| !part.is_empty());
                Some(parts.map(Into::into).collect())
            }
            Some(Value::Array(items)) => items
                .into_iter()
                .map(|item| match item {
                    Value::String(text) => Some(text),
                    _ => None,
                })
                .collect(),
            Some(_) => None,
        };
        list.map(Some).ok_or_else(|| invalid(name, "a list of strings"))
    }

    /// An RFC 3339 date; an empty text is `Some(None)` and takes a date away.
    pub(super) fn date(&self, name: &str) -> Result<Option<Option<Time>>, Fault> {
        match self.text(name)?.as_deref() {
            None => Ok(None),
            Some("") => Ok(Some(None)),
            Some(text) => match Time::parse(text) {
                Some(time) => Ok(Some(Some(time))),
                None => Err(invalid(
                    name,
                    "a date as in RFC 3339, such as 2030-04-01T09:30:00Z",
                )),
            },
        }
    }

    /// A JSON object of at most `max` bytes, as text.
    pub(super) fn object(&self, name: &str, max: usize) -> Result<Option<String>, Fault> {
        match self.value(name)? {
            None => Ok(None),
            Some(Value::Object(object)) => {
                let text = Value::Object(object).to_string();
                if text.len() > max {
                    return Err(invalid(name, &format!("an object of at most {max} bytes")));
                }
                Ok(Some(text))
            }
            Some(_) => Err(invalid(name, "an object")),
        }
    }
}

pub(super) fn missing(name: &str) -> Fault {
    Fault::bad_request(format!("missing required field '{name}'"))
}

pub(super) fn invalid(name: &str, expected: &str) -> Fault {
    Fault::bad_request(format!("Field validation failed: {name} must be {expected}"))
}
