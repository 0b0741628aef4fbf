//! Schemas of values that Vault's dialects read loosely: numbers and flags may come as text, lists as text with commas,
//! and null is as good as nothing.

use serde_json::{Value, json};
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};

/// A text; numbers and flags count as what they are written as.
pub(in crate::api) fn text() -> Schema {
    of([Type::String, Type::Number, Type::Boolean, Type::Null])
}

/// A text, or null.
pub(in crate::api) fn strict_text() -> Schema {
    of([Type::String, Type::Null])
}

fn of(types: impl IntoIterator<Item = Type>) -> Schema {
    let types = SchemaType::from_iter(types);
    ObjectBuilder::new().schema_type(types).build().into()
}

/// Text of this shape.
fn shaped(pattern: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern))
}

fn nothing() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Null)
}

fn integer() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer)
}

/// A number.
pub(in crate::api) fn number() -> Schema {
    let number = AnyOfBuilder::new().item(integer()).item(shaped("^[+-]?[0-9]+$"));
    number.item(nothing()).build().into()
}

/// True or false.
pub(in crate::api) fn flag() -> Schema {
    let flag = ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::Boolean, Type::Null]));
    let text = shaped("^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$");
    AnyOfBuilder::new().item(flag).item(text).build().into()
}

/// Texts.
pub(in crate::api) fn list() -> Schema {
    let item = SchemaType::from_iter([Type::String, Type::Number, Type::Boolean]);
    let items = ArrayBuilder::new().items(ObjectBuilder::new().schema_type(item));
    AnyOfBuilder::new().item(items).item(strict_text()).build().into()
}

/// Seconds, or a duration such as `1h30m` or `7d`.
pub(in crate::api) fn span() -> Schema {
    let number = ObjectBuilder::new().schema_type(Type::Number);
    let text = ObjectBuilder::new().schema_type(Type::String);
    AnyOfBuilder::new()
        .item(number)
        .item(text)
        .item(nothing())
        .build()
        .into()
}

/// One of these.
pub(in crate::api) fn one_of(names: impl IntoIterator<Item = &'static str>) -> Schema {
    let text = ObjectBuilder::new().schema_type(Type::String);
    text.enum_values(Some(names)).build().into()
}

/// One of these, or nothing.
pub(in crate::api) fn maybe_one_of(names: impl IntoIterator<Item = &'static str>) -> Schema {
    AnyOfBuilder::new()
        .item(one_of(names))
        .item(nothing())
        .build()
        .into()
}

/// Some of these.
pub(in crate::api) fn list_of(names: impl IntoIterator<Item = &'static str>) -> Schema {
    let items = ArrayBuilder::new().items(AnyOfBuilder::new().item(one_of(names)));
    AnyOfBuilder::new().item(items).item(strict_text()).build().into()
}

/// An object of texts, or a list of `name=value`.
pub(in crate::api) fn pairs() -> Schema {
    let items = ArrayBuilder::new().items(shaped("^[^=]+="));
    AnyOfBuilder::new().item(texts()).item(items).build().into()
}

/// An object of texts.
pub(in crate::api) fn texts() -> Schema {
    let texts = ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::Object, Type::Null]));
    texts.additional_properties(Some(text())).build().into()
}

/// Numbers of versions.
pub(in crate::api) fn versions() -> Schema {
    let one = || AnyOfBuilder::new().item(integer()).item(shaped("^[+]?[0-9]+$"));
    let many = ArrayBuilder::new().items(one());
    let joined = shaped("^[0-9+, \\t\\r\\n]+$");
    AnyOfBuilder::new()
        .item(many)
        .item(integer())
        .item(joined)
        .build()
        .into()
}

/// A number in a query, where nothing is 0.
pub(in crate::api) fn query_number() -> Value {
    json!({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "maxLength": 0}]})
}

/// True or false in a query, as Go reads it.
pub(in crate::api) fn query_flag() -> Value {
    json!({"enum": ["true", "false", "1", "0", "t", "f", "T", "F", "TRUE", "FALSE", "True", "False"]})
}
