use crate::engine::keys::KeyName;
use percent_encoding::percent_decode_str;

/// What a path below a mount leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// `key`
    Keys,
    /// `key/{name}`
    Key(KeyName),
    /// `key/{name}/rotate`
    Rotate(KeyName),
}

impl Route {
    /// The route of a raw path; `None` where there is none.
    pub(super) fn parse(raw: &str) -> Option<Self> {
        let path = percent_decode_str(raw.trim_end_matches('/')).decode_utf8().ok()?;
        let segments: Vec<&str> = path.split('/').collect();
        match segments.as_slice() {
            ["key"] => Some(Self::Keys),
            ["key", name] => KeyName::parse(name).map(Self::Key),
            ["key", name, "rotate"] => KeyName::parse(name).map(Self::Rotate),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Route;

    #[test]
    fn names_are_vaults() {
        for good in ["a", "a-b.c_d", "_", "0", "A-1"] {
            assert!(
                matches!(Route::parse(&format!("key/{good}")), Some(Route::Key(_))),
                "{good}"
            );
        }
        for bad in ["-a", "a-", ".a", "a.", "a b", "ä", "", "a%2Fb", &"a".repeat(129)] {
            assert!(
                !matches!(Route::parse(&format!("key/{bad}")), Some(Route::Key(_))),
                "{bad}"
            );
        }
        assert!(matches!(Route::parse("key/a/rotate/"), Some(Route::Rotate(_))));
        assert_eq!(Route::parse("key/a/other"), None);
    }
}
