//! Request bodies, parsed into what the engine takes. The Content-Type is not looked at: clients send any or none.

use super::fault::Fault;
use super::value::{self, Value};
use crate::api::docs::loose;
use crate::api::vault::json_object;
use crate::engine::secret::{Cas, CustomChange, CustomMetadata, MAX_MAX_VERSIONS, MetadataChange};
use crate::engine::span::Span;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The body of a write or patch of data.
pub(in crate::api) struct WriteBody<'a> {
    pub(in crate::api) data: Value<'a>,
    pub(in crate::api) cas: Option<Cas>,
}

/// A value, and on what condition it is to be written.
// OVHcloud's guide lists `cas` beside `data`, Vault puts it into `options`.
#[derive(Deserialize, ToSchema)]
pub(in crate::api) struct RawWriteBody<'a> {
    /// The value: any object.
    #[serde(borrow)]
    #[schema(value_type = Object, required)]
    data: Option<&'a RawValue>,
    #[schema(value_type = Option<WriteOptions>)]
    options: Option<Json>,
    /// As `cas` in the options, which outweigh it.
    #[schema(schema_with = loose::number, required = false)]
    cas: Option<Json>,
}

/// Conditions of a write
#[derive(ToSchema)]
#[allow(dead_code, reason = "it stands for documentation")]
struct WriteOptions {
    /// The number that the newest version must have; 0 where there may be none.
    #[schema(schema_with = loose::number, required = false)]
    cas: Option<i64>,
}

impl<'a> WriteBody<'a> {
    pub(in crate::api) fn parse(body: &'a [u8]) -> Result<Self, Fault> {
        let raw = RawWriteBody::parse(body)?;
        let options = match &raw.options {
            None => None,
            Some(Json::Object(options)) => options.get("cas"),
            Some(_) => return Err(invalid("options", "an object")),
        };
        let cas = match options.or(raw.cas.as_ref()) {
            None | Some(Json::Null) => None,
            Some(cas) => {
                let said =
                    number(cas).ok_or_else(|| Fault::bad_request("error parsing check-and-set parameter"))?;
                Some(Cas(said))
            }
        };
        let data = raw.data.ok_or_else(|| Fault::bad_request("no data provided"))?;
        Ok(Self {
            data: value::parse(data)?,
            cas,
        })
    }
}

impl<'a> RawWriteBody<'a> {
    fn parse(body: &'a [u8]) -> Result<Self, Fault> {
        let body = body.trim_ascii();
        if body.is_empty() {
            return Err(Fault::bad_request("no data provided"));
        }
        // A derived struct would take an array for its fields in order.
        if !body.starts_with(b"{") {
            return Err(Fault::bad_request(
                "error parsing JSON: the body must be a JSON object",
            ));
        }
        serde_json::from_slice(body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            Fault::bad_request(format!("error parsing JSON (line {line} column {column})"))
        })
    }
}

/// The versions in a body: numbers, numeric strings, or one string with commas. `missing` answers a body without.
pub(in crate::api) fn versions(body: &[u8], missing: &'static str) -> Result<Vec<u32>, Fault> {
    let body = json_object(body)?;
    let versions: Option<Vec<u32>> = match body.get("versions") {
        None | Some(Json::Null) => Some(Vec::new()),
        Some(Json::Array(items)) => items.iter().map(version).collect(),
        Some(Json::String(text)) => text.split(',').map(|item| version(&item.trim().into())).collect(),
        Some(one) => version(one).map(|one| vec![one]),
    };
    match versions {
        None => Err(invalid("versions", "a list of version numbers")),
        Some(versions) if versions.is_empty() => Err(Fault::bad_request(missing)),
        // 0 would mean the current version to the engine; here it is one that does not exist.
        Some(mut versions) => {
            versions.retain(|&version| version != 0);
            Ok(versions)
        }
    }
}

fn version(json: &Json) -> Option<u32> {
    u32::try_from(number(json)?).ok()
}

/// Fields to change, and how `null` and custom metadata are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Manner {
    /// `null` leaves a field as it is, custom metadata replaces the old.
    Write,
    /// JSON merge patch (RFC 7396): `null` resets a field or removes an entry, custom metadata is merged.
    Patch,
}

/// The body of a write or patch of metadata.
pub(in crate::api) fn metadata(body: &[u8], manner: Manner) -> Result<MetadataChange, Fault> {
    let body = json_object(body)?;
    let fields = Fields { body: &body, manner };
    let change = MetadataChange {
        max_versions: fields.max_versions()?,
        cas_required: fields.cas_required()?,
        delete_version_after: fields.delete_version_after()?,
        custom: fields.custom_metadata()?,
    };
    if change.delete_version_after.is_some_and(Span::is_negative) {
        return Err(Fault::bad_request("delete_version_after must not be negative"));
    }
    Ok(change)
}

/// The body of a domain's configuration.
pub(in crate::api) fn config(body: &[u8]) -> Result<MetadataChange, Fault> {
    let body = json_object(body)?;
    let fields = Fields {
        body: &body,
        manner: Manner::Write,
    };
    let switched_off = Span::from_secs(-1);
    Ok(MetadataChange {
        max_versions: fields.max_versions()?,
        cas_required: fields.cas_required()?,
        delete_version_after: fields
            .delete_version_after()?
            .map(|span| if span.is_negative() { switched_off } else { span }),
        custom: None,
    })
}

struct Fields<'a> {
    body: &'a Map<String, Json>,
    manner: Manner,
}

impl Fields<'_> {
    /// The field, parsed; what `null` means depends on the manner.
    fn field<T: Default>(
        &self,
        name: &'static str,
        expected: &'static str,
        parse: impl Fn(&Json) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        match self.body.get(name) {
            None => Ok(None),
            Some(Json::Null) => Ok((self.manner == Manner::Patch).then(T::default)),
            Some(json) => parse(json).map(Some).ok_or_else(|| invalid(name, expected)),
        }
    }

    fn max_versions(&self) -> Result<Option<u32>, Fault> {
        self.field("max_versions", "a number from 0 to 24000", |json| {
            version(json).filter(|&versions| versions <= MAX_MAX_VERSIONS)
        })
    }

    fn cas_required(&self) -> Result<Option<bool>, Fault> {
        self.field("cas_required", "true or false", |json| match json {
            Json::Bool(value) => Some(*value),
            Json::String(text) => text.to_ascii_lowercase().parse().ok(),
            _ => None,
        })
    }

    /// One setting under OVHcloud's name and under Vault's.
    fn delete_version_after(&self) -> Result<Option<Span>, Fault> {
        let expected = "a number of seconds or a duration such as 30s, 3h25m or 1d";
        let ovhcloud = self.field("deactivate_version_after", expected, span)?;
        let vault = self.field("delete_version_after", expected, span)?;
        match (ovhcloud, vault) {
            (Some(one), Some(other)) if one != other => Err(Fault::bad_request(
                "deactivate_version_after and delete_version_after are one setting; give one of them",
            )),
            (one, other) => Ok(one.or(other)),
        }
    }

    fn custom_metadata(&self) -> Result<Option<CustomChange>, Fault> {
        let entries = match (self.body.get("custom_metadata"), self.manner) {
            (None, _) | (Some(Json::Null), Manner::Write) => return Ok(None),
            (Some(Json::Null), Manner::Patch) => {
                return Ok(Some(CustomChange::Replace(CustomMetadata::default())));
            }
            (Some(Json::Object(entries)), _) => entries,
            (Some(_), _) => return Err(broken_custom("it is no object with strings")),
        };
        let texts: Option<BTreeMap<_, _>> = entries
            .iter()
            .map(|(key, value)| Some((key.clone(), custom_text(value)?)))
            .collect();
        let texts = texts.ok_or_else(|| broken_custom("its values must be strings"))?;
        Ok(Some(match self.manner {
            Manner::Patch => CustomChange::Merge(texts),
            Manner::Write => {
                let texts = texts.into_iter().filter_map(|(key, text)| Some((key, text?)));
                CustomChange::Replace(CustomMetadata::parse(texts.collect()).map_err(broken_custom)?)
            }
        }))
    }
}

/// A value of custom metadata as text; `None` within for null, `None` for what has no text.
fn custom_text(json: &Json) -> Option<Option<String>> {
    match json {
        Json::Null => Some(None),
        Json::String(text) => Some(Some(text.clone())),
        Json::Bool(_) | Json::Number(_) => Some(Some(json.to_string())),
        Json::Array(_) | Json::Object(_) => None,
    }
}

fn span(json: &Json) -> Option<Span> {
    match json {
        Json::Number(seconds) => seconds.to_string().parse().ok(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A number, or a string that is one.
fn number(json: &Json) -> Option<i64> {
    match json {
        Json::Number(number) => number.as_i64(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn invalid(name: &'static str, expected: &'static str) -> Fault {
    Fault::bad_request(format!("Field validation failed: {name} must be {expected}"))
}

fn broken_custom(why: impl std::fmt::Display) -> Fault {
    Fault::bad_request(format!("custom_metadata validation failed: {why}"))
}
