use super::Call;
use super::fault::Fault;
use super::json::Json;
use crate::api::vault::{self, Response};
use crate::auth::Capability;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};

const SIZE: HeaderName = HeaderName::from_static("x-pagination-size");
const CURSOR: HeaderName = HeaderName::from_static("x-pagination-cursor");
const CURSOR_NEXT: HeaderName = HeaderName::from_static("x-pagination-cursor-next");

/// Names on a page, where the client asks for pages and does not say how many.
const DEFAULT_SIZE: usize = 100;

impl Call<'_> {
    pub(super) fn list(&self) -> Result<Response, Fault> {
        let folder = self.route.folder()?;
        self.authorise_list(&folder)?;
        let page = Page::of(self.request.headers())?;
        let engine = &self.app.engine;
        let listing = engine.list(&self.domain, &folder, page.after.as_deref(), page.size)?;
        let Some(last) = listing.names.last() else {
            return Err(Fault::not_found());
        };
        let mut json = Json::with_capacity(32 * listing.names.len());
        json.raw(br#"{"keys":["#);
        for (index, name) in listing.names.iter().enumerate() {
            json.raw(if index == 0 { b"" } else { b"," }).string(name);
        }
        json.raw(b"]}");
        let mut response = vault::data(&json.into_bytes());
        if listing.more {
            let cursor = URL_SAFE_NO_PAD.encode(last);
            let cursor = HeaderValue::try_from(cursor).map_err(|_| Fault::not_found())?;
            response.headers_mut().insert(CURSOR_NEXT, cursor);
        }
        Ok(response)
    }

    /// Policies see a folder with its slash, and the root as `metadata/`.
    fn authorise_list(&self, folder: &str) -> Result<(), Fault> {
        let path = format!("api/{}/secret/metadata/{folder}", self.domain.id());
        self.caller.may(Capability::List, &path)
    }
}

/// Which part of a list is asked for. Vault's clients know nothing of pages, so without either header it is all.
struct Page {
    size: usize,
    after: Option<String>,
}

impl Page {
    fn of(headers: &HeaderMap) -> Result<Self, Fault> {
        let text = |name| {
            headers
                .get(name)
                .map(|value: &HeaderValue| value.to_str().unwrap_or("?"))
        };
        let size = text(SIZE).map(page_size).transpose()?;
        let after = text(CURSOR)
            .filter(|cursor| !cursor.is_empty())
            .map(name_after)
            .transpose()?;
        let paged = size.is_some() || after.is_some();
        let whole = if paged { DEFAULT_SIZE } else { usize::MAX };
        Ok(Self {
            size: size.unwrap_or(whole),
            after,
        })
    }
}

/// OVHcloud documents 10 to 100, its command line tool sends up to 500.
fn page_size(text: &str) -> Result<usize, Fault> {
    match text.parse() {
        Ok(size @ 1..=500) => Ok(size),
        _ => Err(Fault::bad_request(
            "X-Pagination-Size must be a number from 1 to 500",
        )),
    }
}

fn name_after(cursor: &str) -> Result<String, Fault> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor.trim_end_matches('=')).ok();
    let name = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    name.ok_or_else(|| Fault::bad_request("X-Pagination-Cursor is not one that this server gave"))
}
