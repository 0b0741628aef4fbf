use crate::auth::policy::{MAX_TEXT, Policy};

fn refused(text: &str) -> String {
    Policy::parse(text).unwrap_err().to_string()
}

#[test]
fn hcl_and_json_mean_the_same() {
    let hcl = r#"
        # a comment
        path "secret/*" { capabilities = ["read", "list",] } // another
        /* a longer
           one */ path "/a/+/b" {
            "capabilities" = [
                "update" # here too
                , "sudo"
            ],
        }
        "path" "quoted \"\\" {}
    "#;
    let json = r#" {"path": {
        "secret/*": {"capabilities": ["read", "list"]},
        "a/+/b": {"capabilities": ["update", "sudo"]},
        "quoted \"\\": {}
    }}"#;
    assert_eq!(Policy::parse(hcl).unwrap(), Policy::parse(json).unwrap());
}

#[test]
fn the_old_shorthand_is_understood() {
    for (short, long) in [
        ("deny", r#""deny""#),
        ("read", r#""read", "list""#),
        ("write", r#""create", "read", "update", "delete", "list""#),
        ("sudo", r#""create", "read", "update", "delete", "list", "sudo""#),
    ] {
        let short = Policy::parse(&format!("path \"a\" {{ policy = \"{short}\" }}")).unwrap();
        let long = Policy::parse(&format!("path \"a\" {{ capabilities = [{long}] }}")).unwrap();
        assert_eq!(short, long);
    }
}

#[test]
fn what_is_unknown_is_named() {
    for (text, named) in [
        (r#"path "a" { allowed_parameters = {} }"#, "allowed_parameters"),
        (
            r#"path "a" { capabilities = ["read"] min_wrapping_ttl = "1h" }"#,
            "min_wrapping_ttl",
        ),
        (
            r#"path "a" { capabilities = ["raed"] }"#,
            "invalid capability \"raed\"",
        ),
        (r#"path "a" { policy = "admin" }"#, "invalid policy \"admin\""),
        (r#"name = "x""#, "\"name\" is not supported"),
        (r#"{"path": {"a": {"control_group": {}}}}"#, "control_group"),
        (
            r#"{"path": {"a": {"capabilities": ["Read"]}}}"#,
            "invalid capability \"Read\"",
        ),
        (r#"{"name": "x", "path": {}}"#, "\"name\" is not supported"),
        ("path \"a/{{identity.entity.id}}\" {}", "templates"),
        (r#"path "a/${x}" {}"#, "'${'"),
        (r#"path "a*b" {}"#, "path \"a*b\": '*' may stand at its end only"),
        (r#"path "a/+*" {}"#, "'+*' is forbidden"),
    ] {
        let why = refused(text);
        assert!(why.contains(named), "{text}: {why}");
    }
}

#[test]
fn errors_name_the_line() {
    assert!(refused("\n\npath \"a\" {\n  x = 1\n}").contains("line 4: \"x\""));
    assert!(refused("path \"a\" {\n\n").contains("line 3: expected a setting or '}', found the end"));
}

#[test]
fn broken_texts_are_refused() {
    let long = format!("path \"{}\" {{}}", "a".repeat(1025));
    let many = "path \"a\" {}\n".repeat(1025);
    let large = " ".repeat(MAX_TEXT + 1);
    for text in [
        "path",
        "path a {}",
        "path \"a\"",
        "path \"a\" {",
        "path \"a\" }",
        "path \"a\" { capabilities }",
        "}",
        "path \"a\" { capabilities = }",
        "path \"a\" { capabilities = [ }",
        "path \"a\" { capabilities = [\"read\" }",
        "path \"a\" { capabilities = [\"read\" \"list\"] }",
        "path \"a\" { capabilities = [,] }",
        "path \"a\" { capabilities = [read] }",
        "path \"a\" { capabilities = \"read\" }",
        "path \"a\" { policy = [\"read\"] }",
        "path \"a\" { capabilities = [] capabilities = [] }",
        "path \"a\" { policy = \"read\" capabilities = [] }",
        "path \"a",
        "path \"a\n\" {}",
        "path \"\\x\" {}",
        "/",
        "/* ",
        "path \"a\" {} /",
        "\u{0}",
        "=",
        "{",
        "{}x",
        "[]",
        "{\"path\": []}",
        "{\"path\": {\"a\": null}}",
        "{\"path\": {\"a\": {\"capabilities\": \"read\"}}}",
        "{\"path\": {\"a\": {\"policy\": \"read\", \"policy\": \"read\"}}}",
        &long,
        &many,
        &large,
    ] {
        assert!(Policy::parse(text).is_err(), "{:.60}", text);
    }
}

#[test]
fn nothing_is_a_policy_that_allows_nothing() {
    for text in ["", " \n# only words", "{}", "{\"path\": {}}"] {
        assert_eq!(
            Policy::parse(text).unwrap(),
            Policy { rules: Vec::new() },
            "{text:?}"
        );
    }
}

#[test]
fn deep_nesting_is_refused_without_recursion() {
    let deep = |open: &str| open.repeat(10_000);
    for text in [
        deep("{"),
        deep("["),
        deep("("),
        deep("{\"path\":"),
        deep("{\"a\":"),
        format!("path \"a\" {}", deep("{")),
        format!("path \"a\" {{ capabilities = {}", deep("[")),
        format!("path \"a\" {{ capabilities = {}{}", deep("["), deep("]")),
        format!("path \"a\" {{ capabilities = {}", deep("!")),
        format!("{{\"path\": {{\"a\": {{\"capabilities\": {}", deep("[")),
        format!("{{\"path\": {{\"a\": {}", deep("{\"capabilities\":")),
        deep("/*"),
        format!("path \"{}\" {{}}", deep("${")),
    ] {
        assert!(Policy::parse(&text).is_err(), "{:.40}", text);
    }
}
