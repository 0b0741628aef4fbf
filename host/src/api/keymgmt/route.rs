use crate::engine::keys::KeyName;
use percent_encoding::percent_decode_str;

/// What a path below a mount leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// `kms/{name}/key/{key}`
    Distribution(KeyName, KeyName),
    /// `key/{name}`
    Key(KeyName),
    /// `key`
    Keys,
    /// `kms/{name}/key`
    KeysOfKms(KeyName),
    /// `kms/{name}`
    Kms(KeyName),
    /// `key/{name}/kms`
    KmsOfKey(KeyName),
    /// `kms`
    Kmses,
    /// `kms/{name}/key/{key}/replicate`
    Replicate(KeyName, KeyName),
    /// `key/{name}/rotate`
    Rotate(KeyName),
}

impl Route {
    /// The methods that there are. `LIST` is another spelling of `GET` with `list=true`.
    pub(super) const fn methods(&self) -> &'static str {
        match self {
            Self::Distribution(..) | Self::Key(_) | Self::Kms(_) => "GET, HEAD, POST, PUT, DELETE",
            Self::Keys | Self::KeysOfKms(_) | Self::KmsOfKey(_) | Self::Kmses => "GET",
            Self::Replicate(..) | Self::Rotate(_) => "POST, PUT",
        }
    }

    /// The route of a raw path; `None` where there is none.
    pub(super) fn parse(raw: &str) -> Option<Self> {
        let path = percent_decode_str(raw.trim_end_matches('/')).decode_utf8().ok()?;
        let segments: Vec<&str> = path.split('/').collect();
        Some(match segments.as_slice() {
            ["key"] => Self::Keys,
            ["key", name] => Self::Key(KeyName::parse(name)?),
            ["key", name, "kms"] => Self::KmsOfKey(KeyName::parse(name)?),
            ["key", name, "rotate"] => Self::Rotate(KeyName::parse(name)?),
            ["kms"] => Self::Kmses,
            ["kms", name] => Self::Kms(KeyName::parse(name)?),
            ["kms", name, "key"] => Self::KeysOfKms(KeyName::parse(name)?),
            ["kms", name, "key", key] => Self::Distribution(KeyName::parse(name)?, KeyName::parse(key)?),
            ["kms", name, "key", key, "replicate"] => {
                Self::Replicate(KeyName::parse(name)?, KeyName::parse(key)?)
            }
            _ => return None,
        })
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

    #[test]
    fn providers_have_keys() {
        for (path, is_one) in [
            ("kms/", true),
            ("kms/p", true),
            ("kms/p/key", true),
            ("kms/p/key/k", true),
            ("kms/p/key/k/replicate", true),
            ("key/k/kms", true),
            ("kms/p/keys", false),
            ("kms/p/key/-k", false),
            ("kms/p/key/k/other", false),
        ] {
            assert_eq!(Route::parse(path).is_some(), is_one, "{path}");
        }
    }
}
