use super::Target;
use crate::cli::attributes::{self, TYPES};
use crate::cli::print::object;
use crate::hsm::{Description, ExportStatus};
use casemate_common::command::ExportPolicy;
use serde_json::{Value, json};
use std::path::Path;

/// What a blob says.
pub(super) fn key(target: &Target, description: &Description) -> String {
    object(target.json, &attributes::shown(&description.attributes))
}

/// Where a result went.
pub(super) fn written(target: &Target, path: &Path, len: usize) -> String {
    object(
        target.json,
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
        target.json,
        &json!({ "policy": policy, "recipients": recipients, "exports": status.exports }),
    )
}

/// Every type, and what it can be made for.
pub(super) fn types(target: &Target) -> String {
    let types = TYPES.map(|(name, kind)| {
        (
            name.to_owned(),
            json!(kind.possible_usages().names().collect::<Vec<_>>()),
        )
    });
    object(target.json, &Value::Object(types.into_iter().collect()))
}
