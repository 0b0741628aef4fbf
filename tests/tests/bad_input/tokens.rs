use crate::bench::{Bench, is_refusal};
use std::thread::sleep;
use std::time::Duration;

fn new_token(bench: &Bench, body: &str) -> String {
    let reply = bench
        .connect()
        .request("POST", "/v1/auth/token/create", &bench.token, body.as_bytes());
    let reply = reply.unwrap();
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()["auth"]["client_token"].as_str().unwrap().to_owned()
}

/// As a Vault client and as OVHcloud's.
fn is_unknown(bench: &Bench, token: &str, what: &str) {
    is_refusal(
        &bench.ask_with(&format!("X-Vault-Token: {token}\r\n")),
        403,
        true,
        what,
    );
    is_refusal(
        &bench.ask_with(&format!("Authorization: Bearer {token}\r\n")),
        401,
        true,
        what,
    );
}

#[test]
fn tokens_that_are_none() {
    let bench = Bench::new();
    is_refusal(&bench.ask_with(""), 401, true, "no token");
    is_refusal(
        &bench.ask_with("Authorization: Basic cm9vdDpyb290\r\n"),
        401,
        true,
        "another scheme",
    );
    is_refusal(
        &bench.ask_with("X-Vault-Token: \r\n"),
        401,
        true,
        "an empty token",
    );
    for token in [
        "nonsense",
        "hvs.",
        &"x".repeat(10_000),
        "a b",
        "\u{e4}",
        &bench.daemon.token()[1..],
    ] {
        is_unknown(&bench, token, token);
    }

    let revoked = new_token(&bench, r#"{"ttl":"1h","policies":["root"]}"#);
    assert_eq!(
        bench.ask_with(&format!("X-Vault-Token: {revoked}\r\n")).status,
        200
    );
    let header = format!("X-Vault-Token: {revoked}\r\n");
    let reply = bench
        .connect()
        .request("POST", "/v1/auth/token/revoke-self", &header, b"")
        .unwrap();
    assert_eq!(reply.status, 204);
    is_unknown(&bench, &revoked, "a revoked token");

    let expired = new_token(&bench, r#"{"ttl":"1s","policies":["root"]}"#);
    sleep(Duration::from_millis(1100));
    is_unknown(&bench, &expired, "an expired token");
    bench.stop();
}
