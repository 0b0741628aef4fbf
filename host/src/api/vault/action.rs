use super::request::{Malformed, is_list};
use super::response::Request;

/// What a request does, by its method: POST and PUT are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `DELETE`
    Delete,
    /// `LIST`, or `GET` with `list` true
    List,
    /// `PATCH`
    Patch,
    /// `GET` or `HEAD`
    Read,
    /// `POST` or `PUT`
    Write,
}

/// Why a request does nothing that there is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAction {
    /// Its query can't be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// No path has its method.
    #[error("unsupported operation")]
    Method,
}

impl Action {
    /// What this request does.
    ///
    /// # Errors
    /// Another method, or `list` is neither true nor false.
    pub fn of(request: &Request) -> Result<Self, NoAction> {
        if is_list(request.method(), request.uri())? {
            return Ok(Self::List);
        }
        match request.method().as_str() {
            "DELETE" => Ok(Self::Delete),
            "GET" | "HEAD" => Ok(Self::Read),
            "PATCH" => Ok(Self::Patch),
            "POST" | "PUT" => Ok(Self::Write),
            _ => Err(NoAction::Method),
        }
    }
}
