use hyper::StatusCode;

use super::request_id::RequestId;
use super::response::{Response, json};

/// The object around every Vault answer that has a body.
///
/// Its parts come serialised, so that answering costs one buffer and no tree of values:
/// `{"request_id", "lease_id":"", "renewable":false, "lease_duration":0, "data", "wrap_info", "warnings", "auth"}`,
/// then, in an error of the OKMS dialect, `"errors", "error_code", "error_id"`.
#[derive(Debug, Default)]
pub struct Envelope<'a> {
    data: Option<&'a [u8]>,
    auth: Option<&'a [u8]>,
    wrap_info: Option<&'a [u8]>,
    warnings: &'a [String],
    error: Option<(i32, &'a [&'a str])>,
    request_id: Option<RequestId>,
    data_at_root_too: bool,
}

impl<'a> Envelope<'a> {
    /// One whose parts are all null.
    pub fn new() -> Self {
        Self::default()
    }

    /// The answer proper, as JSON.
    #[must_use]
    pub fn data(mut self, json: &'a [u8]) -> Self {
        self.data = Some(json);
        self
    }

    /// The token that was made or renewed, as JSON.
    #[must_use]
    pub fn auth(mut self, json: &'a [u8]) -> Self {
        self.auth = Some(json);
        self
    }

    /// Where the answer was put away, as JSON.
    #[must_use]
    pub fn wrap_info(mut self, json: &'a [u8]) -> Self {
        self.wrap_info = Some(json);
        self
    }

    /// Sentences for the user; null when there are none.
    #[must_use]
    pub fn warnings(mut self, warnings: &'a [String]) -> Self {
        self.warnings = warnings;
        self
    }

    /// OKMS error keys beside the envelope: the code and any number of texts.
    #[must_use]
    pub fn okms_error(mut self, code: i32, texts: &'a [&'a str]) -> Self {
        self.error = Some((code, texts));
        self
    }

    /// Repeats the fields of `data`, which must be an object, beside the envelope's own, as some of Vault's oldest
    /// routes do.
    #[must_use]
    pub fn data_at_root_too(mut self) -> Self {
        self.data_at_root_too = true;
        self
    }

    /// The identifier that the log names this request by; otherwise a fresh one.
    #[must_use]
    pub fn request_id(mut self, id: RequestId) -> Self {
        self.request_id = Some(id);
        self
    }

    /// The response.
    pub fn respond(self, status: StatusCode) -> Response {
        json(status, self.serialise())
    }

    fn serialise(&self) -> Vec<u8> {
        const FIXED: usize = 256;
        let parts = self.data.map_or(0, <[u8]>::len) + self.auth.map_or(0, <[u8]>::len);
        let mut body = Vec::with_capacity(FIXED + parts);
        body.extend_from_slice(br#"{"request_id":""#);
        self.request_id.unwrap_or_else(RequestId::fresh).write(&mut body);
        body.extend_from_slice(br#"","lease_id":"","renewable":false,"lease_duration":0,"data":"#);
        body.extend_from_slice(self.data.unwrap_or(b"null"));
        body.extend_from_slice(br#","wrap_info":"#);
        body.extend_from_slice(self.wrap_info.unwrap_or(b"null"));
        body.extend_from_slice(br#","warnings":"#);
        match self.warnings {
            [] => body.extend_from_slice(b"null"),
            warnings => strings(&mut body, warnings),
        }
        body.extend_from_slice(br#","auth":"#);
        body.extend_from_slice(self.auth.unwrap_or(b"null"));
        if let Some((code, texts)) = self.error {
            body.extend_from_slice(br#","errors":"#);
            strings(&mut body, texts);
            body.extend_from_slice(br#","error_id":"","error_code":"#);
            body.extend_from_slice(code.to_string().as_bytes());
        }
        if self.data_at_root_too {
            repeat(&mut body, self.data.unwrap_or_default());
        }
        body.push(b'}');
        body
    }
}

/// Appends the fields of a JSON object.
fn repeat(body: &mut Vec<u8>, object: &[u8]) {
    if let [b'{', fields @ .., b'}'] = object.trim_ascii()
        && !fields.trim_ascii().is_empty()
    {
        body.push(b',');
        body.extend_from_slice(fields);
    }
}

/// Appends a JSON array of strings.
pub(super) fn strings<S: AsRef<str>>(body: &mut Vec<u8>, texts: &[S]) {
    body.push(b'[');
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        // Writing a string to a vector can't fail.
        let _ = serde_json::to_writer(&mut *body, text.as_ref());
    }
    body.push(b']');
}
