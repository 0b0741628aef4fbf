use crate::api::app::App;
use crate::api::{ibm, imco, keymgmt, okms};
use crate::engine::collection::CollectionId;
use serde_json::{Value, json};

/// Where documents are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Where they are only read.
    Reading,
    /// Where requests can be tried, on this OKMS domain.
    Trying(CollectionId),
}

/// One API's document.
pub(super) struct Document {
    /// Where it is below the page.
    pub(super) path: &'static str,
    /// What people call the API.
    pub(super) title: &'static str,
    /// Whether a client certificate is enough to be known.
    takes_certificates: bool,
    make: fn(&App) -> Value,
}

/// All of them.
pub(super) const DOCUMENTS: &[Document] = &[
    Document {
        path: "openapi/okms.json",
        title: "OKMS: secrets",
        takes_certificates: true,
        make: |_| okms::document(),
    },
    Document {
        path: "openapi/keymgmt.json",
        title: "Key management",
        takes_certificates: false,
        make: |_| keymgmt::document(),
    },
    Document {
        path: "openapi/ibm.json",
        title: "IBM Cloud Secrets Manager",
        takes_certificates: false,
        make: |_| ibm::document(),
    },
    Document {
        path: "openapi/imco.json",
        title: "IMCO: key vaults and secrets",
        takes_certificates: true,
        make: imco::document,
    },
];

/// The document at this place below the page, as JSON.
pub(super) fn find(app: &App, path: &str, place: Place) -> Option<Vec<u8>> {
    let known = DOCUMENTS.iter().find(|document| document.path == path)?;
    let mut document = (known.make)(app);
    secure(&mut document, known.takes_certificates);
    close_answers(&mut document);
    locate(&mut document, place);
    Some(document.to_string().into_bytes())
}

/// Adds the ways to say who is asking, any of which does.
fn secure(document: &mut Value, takes_certificates: bool) {
    let mut schemes = json!({
        "token": {"type": "apiKey", "in": "header", "name": "X-Vault-Token"},
        "bearer": {"type": "http", "scheme": "bearer"},
    });
    let mut any = vec![json!({"token": []}), json!({"bearer": []})];
    if takes_certificates {
        let about = "A client certificate, on HTTPS: casemate ca issue";
        schemes["certificate"] = json!({"type": "mutualTLS", "description": about});
        any.push(json!({"certificate": []}));
    }
    document["components"]["securitySchemes"] = schemes;
    document["security"] = any.into();
}

/// Says that answers have the fields that are named, and no others.
fn close_answers(document: &mut Value) {
    let mut open = Vec::new();
    for path in document["paths"].as_object().into_iter().flatten() {
        for operation in path.1.as_object().into_iter().flatten() {
            references(&operation.1["responses"], &mut open);
        }
    }
    let mut closed: Vec<String> = Vec::new();
    while let Some(name) = open.pop() {
        if closed.contains(&name) {
            continue;
        }
        let schema = &mut document["components"]["schemas"][&name];
        references(schema, &mut open);
        if schema["properties"].is_object() && schema["additionalProperties"].is_null() {
            schema["additionalProperties"] = false.into();
        }
        closed.push(name);
    }
}

/// Adds the names of the schemas that are referred to.
fn references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str);
            names.extend(name.and_then(|name| Some(name.strip_prefix("#/components/schemas/")?.to_owned())));
            fields.values().for_each(|value| references(value, names));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, names)),
        _ => {}
    }
}

/// Puts the domain where a document leaves it open, or tells that it does.
fn locate(document: &mut Value, place: Place) {
    for server in document["servers"].as_array_mut().into_iter().flatten() {
        let url = server["url"].as_str().unwrap_or_default();
        match place {
            Place::Trying(domain) => *server = json!({"url": url.replace("{okmsId}", &domain.to_string())}),
            Place::Reading if url.contains("{okmsId}") => {
                let about = "The domain's identifier: casemate domain list";
                let example = "00000000-0000-4000-8000-000000000000";
                server["variables"] = json!({"okmsId": {"default": example, "description": about}});
            }
            Place::Reading => {}
        }
    }
}
