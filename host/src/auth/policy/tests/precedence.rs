use crate::auth::policy::{Acl, Capability, Policy};

/// The ACL of policies in a short form: one policy a string, in which `;` parts rules of the form `path: capability …`.
fn acl(policies: &[&str]) -> Acl {
    let policies: Vec<_> = policies
        .iter()
        .map(|text| Policy::parse(&hcl(text)).unwrap())
        .collect();
    Acl::of(&policies)
}

fn hcl(text: &str) -> String {
    let rules = text
        .split(';')
        .filter(|rule| !rule.trim().is_empty())
        .map(|rule| {
            let (path, names) = rule.split_once(':').unwrap();
            let names: Vec<_> = names.split_whitespace().map(|name| format!("{name:?}")).collect();
            format!(
                "path {:?} {{ capabilities = [{}] }}\n",
                path.trim(),
                names.join(", ")
            )
        });
    rules.collect()
}

#[test]
fn the_most_specific_pattern_decides_alone() {
    // (rules, path, what it may do there)
    let cases: &[(&[&str], &str, &str)] = &[
        (&[], "a", "deny"),
        (&[""], "a", "deny"),
        (&["a: read"], "a", "read"),
        (&["/a: read"], "a", "read"),
        (&["a: read"], "a/", "deny"),
        (&["a: read"], "ab", "deny"),
        (&["a: read"], "", "deny"),
        (&["*: read"], "", "read"),
        (&["a/*: read"], "a", "deny"),
        (&["a/*: read"], "a/", "read"),
        (&["a/*: read"], "a/b/c", "read"),
        (&["a/b*: read"], "a/bc/d", "read"),
        // An exact path outweighs every pattern, a denial too.
        (&["a/*: deny; a/b: read"], "a/b", "read"),
        (&["a/*: read; a/b: deny"], "a/b", "deny"),
        (&["a/*: read update; a/b: list"], "a/b", "list"),
        // The longest prefix wins.
        (&["*: read; a/*: update; a/b/*: list"], "a/b/c", "list"),
        (&["*: read; a/*: update; a/b/*: list"], "a/c", "update"),
        (&["*: read; a/*: update; a/b/*: list"], "b", "read"),
        (&["a/*: deny; a/b*: read"], "a/bc", "read"),
        // One segment each.
        (&["a/+: read"], "a/b", "read"),
        (&["a/+: read"], "a/b/c", "deny"),
        (&["a/+: read"], "a/", "read"),
        (&["a/+: read"], "a", "deny"),
        (&["+: read"], "a", "read"),
        (&["+/b: read"], "a/b", "read"),
        (&["+/b: read"], "a/c", "deny"),
        (&["a/+/c: read"], "a/b/c", "read"),
        (&["a/+/c: read"], "a/b/d", "deny"),
        (&["a/+/c*: read"], "a/b/cd/e", "read"),
        (&["a/+/*: read"], "a/b/", "read"),
        (&["a/+/*: read"], "a/b/c/d", "read"),
        (&["a/+/*: read"], "a/b", "deny"),
        // Not a whole segment: an ordinary character.
        (&["a+b: read"], "a+b", "read"),
        (&["a+b: read"], "axb", "deny"),
        (&["a/+b: read"], "a/xb", "deny"),
        // A later first wildcard wins.
        (&["a/+/c: read; a/b*: update"], "a/b/c", "update"),
        (&["a/+/c: read; a/*: update"], "a/b/c", "read"),
        (&["+/b/c: read; a/+/c: update"], "a/b/c", "update"),
        (&["a/b/+: read; a/+/c: update"], "a/b/c", "read"),
        // Then one without a star at its end.
        (&["a/+/c: read; a/+/c*: update"], "a/b/c", "read"),
        (&["a/+: read; a/*: update"], "a/b", "read"),
        (&["a/+/+: read; a/+/c*: update"], "a/b/c", "read"),
        // Then fewer segments of `+`.
        (&["a/+/+/d: read; a/+/c/d: update"], "a/b/c/d", "update"),
        // Then the longer one.
        (&["a/+/c*: read; a/+/cd*: update"], "a/b/cd", "update"),
        (&["a/+/c/*: read; a/+/c/d*: update"], "a/b/c/de", "update"),
        // Then the lexicographically larger one.
        (&["+/b/+/d: read; +/+/c/d: update"], "a/b/c/d", "read"),
        // The same pattern in several places is united, and a denial wins.
        (&["a: read", "a: update"], "a", "read update"),
        (&["a: read; a: update"], "a", "read update"),
        (&["a/*: read", "a/*: update list"], "a/b", "list read update"),
        (&["a/+/c: read", "a/+/c: sudo"], "a/b/c", "read sudo"),
        (&["a: read", "a: deny"], "a", "deny"),
        (
            &["a: deny", "a: create read update delete list patch sudo"],
            "a",
            "deny",
        ),
        (&["a/*: deny", "a/*: read"], "a/b", "deny"),
        (&["a: read deny"], "a", "deny"),
        // A denial under another pattern counts for that pattern alone.
        (&["a/*: deny", "a/b/*: read"], "a/b/c", "read"),
        (&["a/*: deny", "a/b/*: read"], "a/c", "deny"),
        // A pattern without capabilities denies.
        (&["a/*: read; a/b:"], "a/b", "deny"),
        (
            &["a: create read update delete list patch sudo"],
            "a",
            "create delete list patch read sudo update",
        ),
    ];
    for (rules, path, expected) in cases {
        assert_eq!(
            acl(rules).capabilities(path).names().join(" "),
            *expected,
            "{rules:?} at {path:?}"
        );
    }
}

#[test]
fn a_list_is_decided_for_the_folder() {
    let cases: &[(&str, &str, bool)] = &[
        ("a/b/: list", "a/b", true),
        ("a/b/: list", "a/b/", true),
        ("a/b: list", "a/b", true),
        ("a/b: list", "a/b/", true),
        ("a/*: list", "a", true),
        ("a/*: list", "a/b", true),
        ("a/+: list", "a/b", false),
        ("a/+/: list", "a/b", true),
        ("a/b/: deny; a/b: list", "a/b", false),
        ("a/*: read", "a/b", false),
        ("*: list", "", true),
    ];
    for (rules, path, expected) in cases {
        assert_eq!(
            acl(&[rules]).allows(path, Capability::List),
            *expected,
            "{rules} at {path}"
        );
    }
    assert!(!acl(&["a/b/: list read"]).allows("a/b", Capability::Read));
}

#[test]
fn root_may_do_everything() {
    for path in ["", "a", "a/b/"] {
        assert!(Acl::root().allows(path, Capability::Sudo));
    }
    assert!(!Acl::of([]).allows("a", Capability::Read));
}
