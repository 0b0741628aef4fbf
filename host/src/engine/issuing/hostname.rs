//! Names of hosts and of other things, and patterns of names.

/// Whether this is a DNS name (RFC 1123, section 2.1), the first label of which may be `*`.
pub(super) fn is_hostname(name: &str) -> bool {
    let name = name.strip_prefix("*.").unwrap_or(name);
    let is_label = |label: &str| {
        let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
        let inner = label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let edges = edge(label.bytes().next()) && edge(label.bytes().last());
        inner && edges && label.len() <= 63
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

/// Whether this is an address of email at a host (RFC 5321, section 4.1.2, without quoted texts).
pub(super) fn is_address(text: &str) -> bool {
    let user = |user: &str| {
        user.bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"()<>[]:;@\\,\"".contains(&byte))
    };
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && user(name) && !host.contains('*') && is_hostname(host)
    })
}

/// Whether this is a URI with a scheme (RFC 3986, section 3).
pub(super) fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let known = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    named && !rest.is_empty() && rest.bytes().all(known)
}

/// Whether a text is of a pattern in which `*` stands for any text.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether a name is `domain` or lies in it.
pub(super) fn within(name: &str, domain: &str) -> bool {
    let (name, domain) = (name.to_ascii_lowercase(), domain.to_ascii_lowercase());
    let domain = domain.trim_start_matches('.');
    let start = name.strip_suffix(domain);
    start.is_some_and(|start| start.is_empty() || start.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, fits) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("*", "anything", true),
            ("ftp*.example.com", "ftp1.example.com", true),
            ("ftp*.example.com", "www.example.com", false),
            ("*.example.com", "example.com", false),
            ("a*a", "a", false),
            ("a*b*c", "axbxc", true),
            ("a*b*c", "axc", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn hostnames() {
        for name in [
            "localhost",
            "a.b",
            "*.example.com",
            "x-1.example.com",
            "_dmarc1.a",
        ] {
            assert_eq!(is_hostname(name), name != "_dmarc1.a", "{name}");
        }
        for name in [
            "",
            "a b",
            "-a",
            "a-",
            "a..b",
            "a.",
            "*",
            "*a.b",
            "a.*.b",
            "é.com",
            &"x".repeat(64),
        ] {
            assert!(!is_hostname(name), "{name}");
        }
        assert!(within("a.example.com", "example.com") && within("example.com", ".example.com"));
        assert!(within("A.Example.com", "eXample.com"), "case makes no difference");
        assert!(!within("anexample.com", "example.com"));
    }

    #[test]
    fn addresses_and_uris() {
        for text in ["a@example.com", "a.b+c@example.com"] {
            assert!(is_address(text), "{text}");
        }
        for text in [
            "",
            "a",
            "@example.com",
            "a@",
            "a b@example.com",
            "a@*.com",
            "a@b@c",
            "ä@example.com",
        ] {
            assert!(!is_address(text), "{text}");
        }
        for text in [
            "https://www.example.com/a?b=%20#c",
            "urn:uuid:1",
            "spiffe://a/b",
            "a+b:c",
        ] {
            assert!(is_uri(text), "{text}");
        }
        for text in ["", "::", "example.com/a", "1a:b", "a:", "a:b c", "a:<b>", "a:ä"] {
            assert!(!is_uri(text), "{text}");
        }
    }
}
