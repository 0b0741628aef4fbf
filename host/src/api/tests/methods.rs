//! What a path answers to a method that it does not have: 405, with those that it has (RFC 9110, section 15.5.6).

use super::fixture::Fixture;

const METHODS: [&str; 8] = ["GET", "HEAD", "LIST", "POST", "PUT", "PATCH", "DELETE", "BREW"];
const ALL: &str = "GET, HEAD, POST, PUT, DELETE";
const READ: &str = "GET, HEAD";
const WRITE: &str = "POST, PUT";

/// Key management and what its clients call around it.
const PATHS: [(&str, &str); 31] = [
    ("keymgmt/key", "GET"),
    ("keymgmt/key/a", ALL),
    ("keymgmt/key/a/kms", "GET"),
    ("keymgmt/key/a/rotate", WRITE),
    ("keymgmt/kms", "GET"),
    ("keymgmt/kms/p", ALL),
    ("keymgmt/kms/p/key", "GET"),
    ("keymgmt/kms/p/key/a", ALL),
    ("keymgmt/kms/p/key/a/replicate", WRITE),
    ("auth/token/create", WRITE),
    ("auth/token/create-orphan", WRITE),
    ("auth/token/lookup", "GET, HEAD, POST, PUT"),
    ("auth/token/lookup-accessor", WRITE),
    ("auth/token/lookup-self", "GET, HEAD, POST, PUT"),
    ("auth/token/renew", WRITE),
    ("auth/token/renew-self", WRITE),
    ("auth/token/revoke", WRITE),
    ("auth/token/revoke-self", WRITE),
    ("sys/capabilities", WRITE),
    ("sys/capabilities-self", WRITE),
    ("sys/health", READ),
    ("sys/init", READ),
    ("sys/key-generation", READ),
    ("sys/mounts", READ),
    ("sys/mounts/keymgmt", ALL),
    ("sys/policies/acl", "GET"),
    ("sys/policies/acl/a", ALL),
    ("sys/seal", WRITE),
    ("sys/seal-status", READ),
    ("sys/unseal", WRITE),
    ("sys/wrapping/unwrap", WRITE),
];

#[tokio::test]
async fn a_405_names_the_methods_that_there_are() {
    let fixture = Fixture::new().await;
    let mut refused = 0;
    for (path, allowed) in PATHS {
        for method in METHODS {
            // `LIST` is another spelling of a `GET`; whether a path has either stands in no header.
            let has = allowed.split(", ").any(|known| known == method) || method == "LIST";
            if has {
                continue;
            }
            let answer = fixture.ask(method, &format!("/v1/{path}"), "{}").await;
            let told = answer.headers.get("allow").map(|told| told.to_str().unwrap());
            assert_eq!(
                (answer.status, told),
                (405, Some(allowed)),
                "{method} {path}: {answer:?}"
            );
            refused += 1;
        }
    }
    assert!(refused > 3 * PATHS.len(), "{refused}");
}
