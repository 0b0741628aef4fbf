//! What commands print.

use super::interrupt;
use serde_json::{Value, json};
use std::error::Error;

/// Runs a command that answers what to print, and prints it, unless it is interrupted.
pub(super) fn run_on<E>(
    command: impl Future<Output = Result<String, E>>,
) -> Result<(), Box<dyn Error + Send + Sync>>
where
    Box<dyn Error + Send + Sync>: From<E>,
{
    interrupt::watch()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    print!("{}", runtime.block_on(command)?);
    Ok(())
}

/// Shows the daemon's warnings, where they do not mix with the answer.
pub(super) fn warn(answer: &Value) {
    for warning in strings(&answer["warnings"]) {
        eprintln!("casemate: warning: {warning}");
    }
}

/// One field a line; nothing for those that are empty.
pub(super) fn table(object: &Value) -> String {
    let fields = object.as_object().into_iter().flatten();
    let shown = fields.filter_map(|(name, value)| Some((name, shown(value)?)));
    shown
        .map(|(name, value)| format!("{name:<18}{value}\n"))
        .collect()
}

/// An object as JSON, or as a table for people.
pub(super) fn object(as_json: bool, object: &Value) -> String {
    if as_json {
        format!("{object:#}\n")
    } else {
        table(object)
    }
}

/// A sentence that says what was done, or as JSON the one word.
pub(super) fn done(as_json: bool, word: &str, sentence: &str) -> String {
    if as_json {
        format!("{:#}\n", json!({ "done": word }))
    } else {
        format!("{sentence}\n")
    }
}

/// One name a line.
pub(super) fn names(list: &Value) -> String {
    strings(list).map(|name| format!("{name}\n")).collect()
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Array(items) => Some(items.iter().filter_map(shown).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let named = fields
                .iter()
                .filter_map(|(name, value)| Some(format!("{name}={}", shown(value)?)));
            Some(named.collect::<Vec<_>>().join(" "))
        }
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_within_a_field_is_shown_too() {
        let table = table(&json!({
            "policies": ["a", "b"],
            "roles": [{"role": "SecretsReader", "group": null}, {"role": "Writer", "group": "2bca"}],
            "holder": {"okms": "okms.domain:4f1b"},
            "nothing": null,
            "nobody": [],
        }));
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(
            lines,
            [
                "holder            okms=okms.domain:4f1b",
                "nobody            ",
                "policies          a, b",
                "roles             role=SecretsReader, group=2bca role=Writer",
            ]
        );
    }
}
