//! Swagger UI: the files of its page, with what differs from place to place.

use super::document::{DOCUMENTS, Place};
use crate::api::okms::fault::Fault;
use crate::api::vault::{Response, text};
use hyper::StatusCode;
use hyper::header::{CONTENT_SECURITY_POLICY, HeaderValue, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use std::sync::Arc;
use tracing::error;
use utoipa_swagger_ui::{Config, Url};

/// Nothing comes from elsewhere and goes elsewhere; Swagger UI sets styles in its own elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page; the page itself where the name is empty.
pub(super) fn file(name: &str, place: Place) -> Result<Response, Fault> {
    let file = utoipa_swagger_ui::serve(name, Arc::new(config(place))).map_err(|error| {
        error!(%error, "can't make the page of the documentation");
        Fault::internal()
    })?;
    let file = file.ok_or_else(Fault::no_route)?;
    let mut response = text(StatusCode::OK, &file.content_type, file.bytes.into_owned());
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    Ok(response)
}

fn config(place: Place) -> Config<'static> {
    let urls = DOCUMENTS
        .iter()
        .map(|document| Url::new(document.title, document.path));
    let config = Config::new(urls)
        .deep_linking(true)
        .display_request_duration(true)
        .doc_expansion("list")
        // It would ask a server elsewhere whether the document is valid.
        .validator_url("none");
    match place {
        Place::Reading => config.supported_submit_methods([] as [&str; 0]),
        Place::Trying(_) => config.try_it_out_enabled(true),
    }
}
