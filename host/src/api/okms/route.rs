//! From a raw path to a call. The fixed part is split off before the rest is percent-decoded, once: clients differ in
//! what they escape.

use super::fault::Fault;
use crate::engine::secret::SecretPath;
use percent_encoding::percent_decode_str;

/// The parts of the API, as they stand in the URL and in policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint {
    Config,
    Data,
    Delete,
    Destroy,
    Metadata,
    Subkeys,
    Undelete,
}

impl Endpoint {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "config" => Self::Config,
            "data" => Self::Data,
            "delete" => Self::Delete,
            "destroy" => Self::Destroy,
            "metadata" => Self::Metadata,
            "subkeys" => Self::Subkeys,
            "undelete" => Self::Undelete,
            _ => return None,
        })
    }

    /// Its segment in URLs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Data => "data",
            Self::Delete => "delete",
            Self::Destroy => "destroy",
            Self::Metadata => "metadata",
            Self::Subkeys => "subkeys",
            Self::Undelete => "undelete",
        }
    }
}

/// An endpoint and what follows it, decoded: a path, a folder or nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) endpoint: Endpoint,
    pub(super) rest: String,
}

impl Route {
    /// The route of what follows `secret/` in a raw path.
    pub(super) fn parse(raw: &str) -> Result<Self, Fault> {
        let (name, rest) = raw.split_once('/').unwrap_or((raw, ""));
        let endpoint = Endpoint::parse(name).ok_or_else(Fault::no_route)?;
        if endpoint == Endpoint::Config && !rest.is_empty() {
            return Err(Fault::no_route());
        }
        Ok(Self {
            endpoint,
            rest: decode(rest)?,
        })
    }

    /// The methods that there are. `LIST` is another spelling of `GET` with `list=true`.
    pub(super) fn methods(&self) -> &'static str {
        match self.endpoint {
            Endpoint::Config => "GET, HEAD, POST, PUT",
            Endpoint::Data => "GET, HEAD, POST, PUT, PATCH, DELETE",
            Endpoint::Delete | Endpoint::Destroy | Endpoint::Undelete => "POST, PUT",
            Endpoint::Metadata if self.rest.is_empty() => "GET, HEAD",
            Endpoint::Metadata => "GET, HEAD, POST, PUT, PATCH, DELETE",
            Endpoint::Subkeys => "GET, HEAD",
        }
    }

    /// The path of a secret.
    pub(super) fn path(&self) -> Result<SecretPath, Fault> {
        if self.rest.is_empty() {
            return Err(Fault::no_route());
        }
        SecretPath::parse(self.rest.as_str()).map_err(|bad| Fault::bad_request(bad.to_string()))
    }

    /// The folder to list: empty, or a path with a slash at its end.
    pub(super) fn folder(&self) -> Result<String, Fault> {
        let name = self.rest.strip_suffix('/').unwrap_or(&self.rest);
        if name.is_empty() {
            return Ok(String::new());
        }
        let path = SecretPath::parse(name).map_err(|bad| Fault::bad_request(bad.to_string()))?;
        Ok(format!("{path}/"))
    }
}

fn decode(raw: &str) -> Result<String, Fault> {
    let bad = || Fault::bad_request("the path is not percent-encoded UTF-8");
    let mut escapes = raw.split('%').skip(1);
    let is_hex = |escape: &str| matches!(escape.as_bytes(), [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    if !escapes.all(is_hex) {
        return Err(bad());
    }
    let decoded = percent_decode_str(raw).decode_utf8().map_err(|_| bad())?;
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(raw: &str) -> Option<String> {
        Route::parse(raw).ok().map(|route| route.rest)
    }

    #[test]
    fn the_rest_is_decoded_once() {
        for (raw, decoded) in [
            ("data/foo%2Fbar%20baz@x", "foo/bar baz@x"),
            ("data/foo/bar%20baz%40x", "foo/bar baz@x"),
            ("data/a%252Fb", "a%2Fb"),
            ("metadata/", ""),
            ("metadata", ""),
        ] {
            assert_eq!(rest(raw).as_deref(), Some(decoded), "{raw}");
        }
        for raw in [
            "data/%",
            "data/%2",
            "data/%zz",
            "data/%ff",
            "nothing/a",
            "",
            "config/a",
        ] {
            assert_eq!(rest(raw), None, "{raw}");
        }
    }

    #[test]
    fn folders_end_with_one_slash() {
        let folder = |raw| Route::parse(raw).ok()?.folder().ok();
        assert_eq!(folder("metadata").as_deref(), Some(""));
        assert_eq!(folder("metadata/a/b").as_deref(), Some("a/b/"));
        assert_eq!(folder("metadata/a/b/").as_deref(), Some("a/b/"));
        assert_eq!(folder("metadata/a//"), None);
        assert_eq!(folder("metadata//a"), None);
    }
}
