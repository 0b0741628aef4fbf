//! Whether an answer is like a documented one.
//!
//! It has all members of the example, with values of the same type; constants are equal. Identifiers and names need only
//! be there, times need only be written alike. Members that IBM added after the examples were made may stand beside.

use serde_json::Value;

/// Members of answers that are newer than most examples.
const LATER: [&str; 11] = [
    "alt_names",
    "api_key_id",
    "custom_metadata",
    "downloaded",
    "locks_total",
    "next_rotation_date",
    "payload_available",
    "reuse_api_key",
    "service_id_is_static",
    "version_custom_metadata",
    "versions_total",
];
/// Identifiers and names.
const FREE: [&str; 25] = [
    "accessor",
    "api_key",
    "apikey",
    "bss_acc",
    "client_token",
    "created_by",
    "crn",
    "entity_id",
    "guid",
    "iam_apikey_description",
    "iam_apikey_id",
    "iam_apikey_name",
    "iam_serviceid_crn",
    "id",
    "name",
    "request_id",
    "resource",
    "resource_key_crn",
    "resource_key_name",
    "secret_id",
    "secret_version_id",
    "serial_number",
    "service_id",
    "updated_by",
    "user",
];
/// Stands for the hash of something that we do not answer.
const HASH: &str = "sha256:(a hash)";
/// What the documentation leaves out of a text.
const REDACTED: &str = "(redacted";
const TIMES: [&str; 5] = [
    "creation_date",
    "last_update_date",
    "not_after",
    "not_before",
    "ordered_on",
];

/// What differs, by the path to it.
pub(super) fn differences(found: &Value, wanted: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    compare("", found, wanted, &mut differences);
    differences
}

fn compare(path: &str, found: &Value, wanted: &Value, differences: &mut Vec<String>) {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            for (name, wanted) in wanted {
                match found.get(name) {
                    Some(found) => compare(&format!("{path}/{name}"), found, wanted, differences),
                    None => differences.push(format!("{path}/{name} is missing")),
                }
            }
            let new = found.keys().filter(|name| !wanted.contains_key(*name));
            let unknown = new.filter(|name| !LATER.contains(&name.as_str()));
            differences.extend(unknown.map(|name| format!("{path}/{name} is in no example")));
        }
        (Value::Array(found), Value::Array(wanted)) if found.len() == wanted.len() => {
            for (index, (found, wanted)) in found.iter().zip(wanted).enumerate() {
                compare(&format!("{path}/{index}"), found, wanted, differences);
            }
        }
        (found, wanted) if alike(path, found, wanted) => {}
        _ => differences.push(format!("{path} is {found}, not {wanted}")),
    }
}

fn alike(path: &str, found: &Value, wanted: &Value) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    match (found, wanted) {
        (Value::String(found), Value::String(wanted)) if name == "crn" || name == "resource" => {
            crn_alike(found, wanted)
        }
        (Value::String(found), Value::String(_)) if FREE.contains(&name) => !found.is_empty(),
        (Value::String(found), Value::String(wanted)) if wanted == HASH => {
            let hash = found.strip_prefix("sha256:").unwrap_or_default();
            hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        }
        (Value::String(found), Value::String(wanted)) if name == "secret_group_id" => {
            (found == "default") == (wanted == "default") && !found.is_empty()
        }
        (Value::String(found), Value::String(wanted)) if is_time(name, wanted) => {
            shape(found) == shape(wanted)
        }
        (Value::String(found), Value::String(wanted)) if wanted.contains(REDACTED) => {
            found.lines().next() == wanted.lines().next()
        }
        (Value::Number(_), Value::Number(_)) if name == "expiration" => true,
        (found, wanted) => found == wanted,
    }
}

/// Dates that we chose ourselves are far in the future, and have to come back as they are.
fn is_time(name: &str, wanted: &str) -> bool {
    TIMES.contains(&name) || (name == "expiration_date" && wanted < "2030")
}

/// Cloud resource names have the same parts, and name the same kind of thing.
fn crn_alike(found: &str, wanted: &str) -> bool {
    let parts = |crn: &str| crn.split(':').map(str::to_owned).collect::<Vec<_>>();
    let (found, wanted) = (parts(found), parts(wanted));
    found.len() == wanted.len() && found[..5] == wanted[..5] && found.get(8) == wanted.get(8)
}

fn shape(time: &str) -> String {
    let digit = |c: char| if c.is_ascii_digit() { '0' } else { c };
    time.chars().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::differences;
    use serde_json::json;

    #[test]
    fn what_must_differ_may_and_nothing_else() {
        let wanted = json!({"id": "a", "creation_date": "2020-12-15T22:34:53Z", "state": 1, "list": ["x"]});
        let differs = |found| !differences(&found, &wanted).is_empty();
        let time = "2026-01-01T00:00:00Z";
        assert!(!differs(
            json!({"id": "b", "creation_date": time, "state": 1, "list": ["x"], "downloaded": true})
        ));
        for found in [
            json!({"id": "", "creation_date": time, "state": 1, "list": ["x"]}),
            json!({"id": 1, "creation_date": time, "state": 1, "list": ["x"]}),
            json!({"id": "b", "creation_date": "2026-01-01T00:00:00.5Z", "state": 1, "list": ["x"]}),
            json!({"id": "b", "creation_date": time, "state": "1", "list": ["x"]}),
            json!({"id": "b", "creation_date": time, "state": 1, "list": []}),
            json!({"id": "b", "creation_date": time, "state": 1}),
            json!({"id": "b", "creation_date": time, "state": 1, "list": ["x"], "more": 1}),
        ] {
            assert!(differs(found.clone()), "{found}");
        }
    }
}
