use crate::api::app::App;
use crate::api::imco;
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
    make: fn(&App) -> Value,
}

/// All of them.
pub(super) const DOCUMENTS: &[Document] = &[Document {
    path: "openapi/imco.json",
    title: "IMCO: key vaults and secrets",
    make: imco::document,
}];

/// The document at this place below the page, as JSON.
pub(super) fn find(app: &App, path: &str, place: Place) -> Option<Vec<u8>> {
    let known = DOCUMENTS.iter().find(|document| document.path == path)?;
    let mut document = (known.make)(app);
    secure(&mut document);
    if let Place::Trying(domain) = place {
        locate(&mut document, domain);
    }
    Some(document.to_string().into_bytes())
}

/// Adds the ways to say who is asking, any of which does.
fn secure(document: &mut Value) {
    document["components"]["securitySchemes"] = json!({
        "certificate": {"type": "mutualTLS", "description": "A client certificate, on HTTPS: casemate ca issue"},
        "token": {"type": "apiKey", "in": "header", "name": "X-Vault-Token"},
        "bearer": {"type": "http", "scheme": "bearer"},
    });
    document["security"] = json!([{"certificate": []}, {"token": []}, {"bearer": []}]);
}

/// Puts the domain where a document leaves it open.
fn locate(document: &mut Value, domain: CollectionId) {
    for server in document["servers"].as_array_mut().into_iter().flatten() {
        let url = server["url"].as_str().unwrap_or_default();
        *server = json!({"url": url.replace("{okmsId}", &domain.to_string())});
    }
}
