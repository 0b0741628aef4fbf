use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// What a request to a path of Vault's dialects does, of which OpenAPI makes one entry for each method.
pub(in crate::api) struct Operation {
    methods: &'static [&'static str],
    path: String,
    id: String,
    summary: &'static str,
    description: &'static str,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: Map<String, Value>,
    schemas: Schemas,
    open: bool,
}

/// Schemas by their names.
pub(super) type Schemas = BTreeMap<String, RefOr<Schema>>;

impl Operation {
    fn new(methods: &'static [&'static str], id: &str, path: &str, summary: &'static str) -> Self {
        Self {
            methods,
            path: path.to_owned(),
            id: id.to_owned(),
            summary,
            description: "",
            parameters: Vec::new(),
            body: None,
            answers: Map::new(),
            schemas: Schemas::new(),
            open: false,
        }
    }

    /// `GET`
    pub(in crate::api) fn read(id: &str, path: &str, summary: &'static str) -> Self {
        Self::new(&["get"], id, path, summary)
    }

    /// `GET` with `list=true`, which Vault's clients also send as the method `LIST`.
    pub(in crate::api) fn list(id: &str, path: &str, summary: &'static str) -> Self {
        let list = Self::read(id, path, summary);
        let required = json!({"type": "string", "enum": ["true", "1", "t", "T", "TRUE", "True"]});
        let about = "Makes it a list; the method `LIST` does the same";
        list.parameter("query", "list", true, about, required)
    }

    /// `POST` and `PUT`, which are the same.
    pub(in crate::api) fn write(id: &str, path: &str, summary: &'static str) -> Self {
        Self::new(&["post", "put"], id, path, summary)
    }

    /// `PATCH`
    pub(in crate::api) fn patch(id: &str, path: &str, summary: &'static str) -> Self {
        Self::new(&["patch"], id, path, summary)
    }

    /// `DELETE`
    pub(in crate::api) fn delete(id: &str, path: &str, summary: &'static str) -> Self {
        Self::new(&["delete"], id, path, summary)
    }

    /// With more than a line about it.
    pub(in crate::api) fn about(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// For everybody: it is how one becomes known.
    pub(in crate::api) fn for_all(mut self) -> Self {
        self.open = true;
        self
    }

    /// With an optional parameter of the query.
    pub(in crate::api) fn query(self, name: &str, about: &str, schema: Value) -> Self {
        self.parameter("query", name, false, about, schema)
    }

    fn parameter(mut self, place: &str, name: &str, required: bool, about: &str, schema: Value) -> Self {
        self.parameters.push(json!({
            "in": place, "name": name, "required": required, "description": about, "schema": schema,
        }));
        self
    }

    /// With a body that must be there.
    pub(in crate::api) fn body<T: ToSchema>(self) -> Self {
        self.with_body::<T>(true)
    }

    /// With a body that may be left out.
    pub(in crate::api) fn optional_body<T: ToSchema>(self) -> Self {
        self.with_body::<T>(false)
    }

    fn with_body<T: ToSchema>(mut self, required: bool) -> Self {
        let schema = self.schema::<T>();
        self.body = Some(json!({"required": required, "content": {"application/json": {"schema": schema}}}));
        self
    }

    /// Answers 200 with this as `data` in Vault's envelope.
    pub(in crate::api) fn data<T: ToSchema>(mut self, about: &str) -> Self {
        let schema = self.schema::<T>();
        self.answer(200, about, &enveloped(&schema, "data"))
    }

    /// Answers 200 with one of these as `data`.
    pub(in crate::api) fn data_of_either<T: ToSchema, U: ToSchema>(mut self, about: &str) -> Self {
        let either = json!({"anyOf": [self.schema::<T>(), self.schema::<U>()]});
        self.answer(200, about, &enveloped(&either, "data"))
    }

    /// Answers 200 with this as `auth`.
    pub(in crate::api) fn auth<T: ToSchema>(mut self, about: &str) -> Self {
        let schema = self.schema::<T>();
        self.answer(200, about, &enveloped(&schema, "auth"))
    }

    /// Answers 200 with an envelope that holds nothing, or warnings.
    pub(in crate::api) fn empty(self, about: &str) -> Self {
        self.answer(200, about, &enveloped(&json!({"type": "null"}), "data"))
    }

    /// Answers 202 with this as `data`: it is being done.
    pub(in crate::api) fn accepted<T: ToSchema>(mut self, about: &str) -> Self {
        let schema = self.schema::<T>();
        self.answer(202, about, &enveloped(&schema, "data"))
    }

    /// Answers 200 with a file of this media type.
    pub(in crate::api) fn file(mut self, media: &str, schema: &Value) -> Self {
        let content = json!({ media: {"schema": schema} });
        let answer = json!({"description": "The file", "content": content});
        self.answers.insert("200".into(), answer);
        self
    }

    /// Answers 204.
    pub(in crate::api) fn nothing(mut self) -> Self {
        self.answers.insert("204".into(), json!({"description": "Done"}));
        self
    }

    /// Answers this.
    pub(in crate::api) fn answer(mut self, status: u16, about: &str, schema: &Value) -> Self {
        let content = json!({"application/json": {"schema": schema}});
        let answer = json!({"description": about, "content": content});
        self.answers.insert(status.to_string(), answer);
        self
    }

    /// A reference to this type's schema, which goes with the operation.
    pub(in crate::api) fn schema<T: ToSchema>(&mut self) -> Value {
        let mut nested = Vec::new();
        T::schemas(&mut nested);
        self.schemas.extend(nested);
        self.schemas
            .insert(T::name().into(), <T as PartialSchema>::schema());
        json!({"$ref": format!("#/components/schemas/{}", T::name())})
    }

    /// Puts it into a document: `common` are the refusals that any request can meet, `named` the parameters of paths.
    pub(super) fn enter(
        mut self,
        paths: &mut Value,
        tag: &str,
        common: &Map<String, Value>,
        named: &Map<String, Value>,
    ) -> Schemas {
        for name in in_braces(&self.path) {
            let schema = named
                .get(name)
                .cloned()
                .unwrap_or_else(|| json!({"type": "string", "minLength": 1}));
            self.parameters
                .push(json!({"in": "path", "name": name, "required": true, "schema": schema}));
        }
        for (status, refusal) in common {
            self.answers.entry(status).or_insert_with(|| refusal.clone());
        }
        for &method in self.methods {
            let id = match method {
                "put" => format!("{}_by_put", self.id),
                _ => self.id.clone(),
            };
            let mut entry = json!({
                "operationId": id, "tags": [tag], "summary": self.summary, "description": self.description,
                "parameters": self.parameters, "responses": self.answers,
            });
            if let Some(body) = &self.body {
                entry["requestBody"] = body.clone();
            }
            if self.open {
                entry["security"] = json!([]);
            }
            paths[&self.path][method] = entry;
        }
        self.schemas
    }
}

/// The names in a path's braces.
fn in_braces(path: &str) -> impl Iterator<Item = &str> {
    let after = path.split('{').skip(1);
    after.filter_map(|rest| Some(rest.split_once('}')?.0))
}

/// Vault's envelope with this in one of its fields.
fn enveloped(schema: &Value, field: &str) -> Value {
    let mut envelope = envelope();
    envelope["properties"][field] = schema.clone();
    envelope
}

/// Vault's envelope, of which nothing may be missing.
pub(super) fn envelope() -> Value {
    json!({
        "type": "object",
        "properties": {
            "request_id": {"type": "string", "format": "uuid"},
            "lease_id": {"type": "string", "const": ""},
            "renewable": {"type": "boolean", "const": false},
            "lease_duration": {"type": "integer", "const": 0},
            "data": {"type": "null"},
            "wrap_info": {"type": "null"},
            "warnings": {"type": ["array", "null"], "items": {"type": "string"}},
            "auth": {"type": "null"},
        },
        "required": ["request_id", "lease_id", "renewable", "lease_duration", "data", "wrap_info", "warnings", "auth"],
        "additionalProperties": false,
    })
}
