//! Names of hosts, and patterns of names.

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
    let domain = domain.trim_start_matches('.');
    name == domain
        || name
            .strip_suffix(domain)
            .is_some_and(|start| start.ends_with('.'))
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
        assert!(!within("anexample.com", "example.com"));
    }
}
