use super::Target;
use super::args::TYPES;
use crate::cli::print::table;
use crate::hsm::{Description, ExportStatus};
use casemate_common::blob::{KeyType, Origin, Usages};
use casemate_common::command::ExportPolicy;
use serde_json::{Value, json};
use std::path::Path;

/// What a blob says.
pub(super) fn key(target: &Target, description: &Description) -> String {
    let attributes = &description.attributes;
    let template = &attributes.template;
    object(
        target,
        &json!({
            "id": attributes.id.to_string(),
            "type": name(template.key_type()),
            "usages": names(template.usages()),
            "origin": match attributes.origin {
                Origin::Generated => "generated in the device",
                Origin::Imported => "imported",
            },
            "distributable": template.distributable(),
            "created_at": when(template.created_at()),
        }),
    )
}

/// Where a result went.
pub(super) fn written(target: &Target, path: &Path, len: usize) -> String {
    object(
        target,
        &json!({ "written": path.display().to_string(), "bytes": len }),
    )
}

/// For whom keys may be wrapped.
pub(super) fn policy(target: &Target, status: &ExportStatus) -> String {
    let policy = match status.policy {
        ExportPolicy::Never => "never",
        ExportPolicy::Approved => "approved",
        ExportPolicy::Any => "any",
    };
    let recipients: Vec<String> = status.recipients.iter().map(hex::encode).collect();
    object(
        target,
        &json!({ "policy": policy, "recipients": recipients, "exports": status.exports }),
    )
}

/// Every type, and what it can be made for.
pub(super) fn types(target: &Target) -> String {
    let types = TYPES.map(|(name, kind)| (name.to_owned(), json!(names(kind.possible_usages()))));
    object(target, &Value::Object(types.into_iter().collect()))
}

fn object(target: &Target, value: &Value) -> String {
    if target.json {
        format!("{value:#}\n")
    } else {
        table(value)
    }
}

fn name(kind: KeyType) -> &'static str {
    let found = TYPES.iter().find(|(_, known)| *known == kind);
    found.map_or("unknown", |(name, _)| name)
}

fn names(usages: Usages) -> Vec<&'static str> {
    usages.names().collect()
}

fn when(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}
