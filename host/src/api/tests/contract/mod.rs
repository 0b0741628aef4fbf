//! Every row of the contract: calls in order, with status and body.

mod data;
mod lists;
mod metadata;
mod versions;

use serde_json::{Value, json};

const T0: &str = "2026-11-21T00:00:00Z";

fn nothing() -> Value {
    Value::Null
}

/// Where nothing is, or nothing with this number.
fn not_found(code: i32) -> Value {
    json!({"errors": [], "error_code": code, "error_id": "", "data": null, "lease_id": ""})
}

const SECRET: i32 = 17_125_377;
const VERSION: i32 = 17_125_378;

fn version(number: u32) -> Value {
    json!({"created_time": T0, "custom_metadata": null, "deletion_time": "", "destroyed": false, "version": number})
}
