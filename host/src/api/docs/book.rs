use super::operation::{Operation, Schemas, envelope};
use serde_json::{Map, Value, json};

/// The document of a dialect of Vault's, as it grows.
pub(in crate::api) struct Book {
    document: Value,
    refusals: Map<String, Value>,
    parameters: Map<String, Value>,
    schemas: Schemas,
}

impl Book {
    /// With nothing in it. `url` is what all paths follow; where it has `{okmsId}`, that is a domain's identifier.
    pub(in crate::api) fn new(title: &str, description: &str, url: &str) -> Self {
        Self {
            document: json!({
                "openapi": "3.1.0",
                "info": {
                    "title": title, "description": description, "version": env!("CARGO_PKG_VERSION"),
                    "license": {"name": "Apache-2.0 OR MIT"},
                },
                "servers": [{"url": url}],
                "paths": {},
            }),
            refusals: Map::new(),
            parameters: Map::new(),
            schemas: Schemas::new(),
        }
    }

    /// A refusal with a list of texts, as Vault's, that any request can meet.
    pub(in crate::api) fn refuses(&mut self, status: u16, about: &str) {
        self.refuses_with(status, about, &texts());
    }

    /// A refusal with this body that any request can meet.
    pub(in crate::api) fn refuses_with(&mut self, status: u16, about: &str, schema: &Value) {
        let content = json!({"application/json": {"schema": schema}});
        let refusal = json!({"description": about, "content": content});
        self.refusals.insert(status.to_string(), refusal);
    }

    /// What a name in braces stands for in paths.
    pub(in crate::api) fn parameter(&mut self, name: &str, schema: Value) {
        self.parameters.insert(name.to_owned(), schema);
    }

    /// Adds operations under a heading.
    pub(in crate::api) fn chapter(&mut self, tag: &str, operations: impl IntoIterator<Item = Operation>) {
        for operation in operations {
            let paths = &mut self.document["paths"];
            let schemas = operation.enter(paths, tag, &self.refusals, &self.parameters);
            for (name, schema) in schemas {
                let other = self.schemas.insert(name, schema.clone());
                debug_assert!(
                    other.is_none_or(|other| other == schema),
                    "two schemas have one name"
                );
            }
        }
    }

    /// The document.
    pub(in crate::api) fn close(mut self) -> Value {
        // Schemas of derived types always can be written.
        self.document["components"]["schemas"] = serde_json::to_value(&self.schemas).unwrap_or_default();
        self.document
    }
}

/// Vault's error body: texts, which may be none.
pub(in crate::api) fn texts() -> Value {
    json!({
        "type": "object",
        "properties": {"errors": {"type": "array", "items": {"type": "string"}}},
        "required": ["errors"],
        "additionalProperties": false,
    })
}

/// Vault's envelope around what is left of a thing that is gone.
pub(in crate::api) fn remains() -> Value {
    let mut gone = envelope();
    gone["properties"]["data"] = json!({"type": "object"});
    gone
}

/// OKMS's error body: Vault's envelope, error code and texts.
pub(in crate::api) fn okms_error() -> Value {
    let mut error = envelope();
    error["properties"]["data"] = json!({"type": ["object", "null"]});
    let beside = [
        ("errors", json!({"type": "array", "items": {"type": "string"}})),
        ("error_code", json!({"type": "integer"})),
        ("error_id", json!({"type": "string"})),
    ];
    for (name, schema) in beside {
        error["properties"][name] = schema;
        if let Some(required) = error["required"].as_array_mut() {
            required.push(name.into());
        }
    }
    error
}
