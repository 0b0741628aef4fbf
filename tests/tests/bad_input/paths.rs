use crate::bench::{Bench, is_refusal};

#[test]
fn paths_that_are_none() {
    let bench = Bench::new();
    for path in [
        "%",
        "%2",
        "%zz",
        "%ff",
        "a%00b",
        "a%0ab",
        "a*b",
        "/a",
        "a//b",
        "a/",
        &"p".repeat(256),
    ] {
        let reply = bench.ask("POST", &format!("/secret/data/{path}"), br#"{"data":{}}"#);
        is_refusal(&reply, 400, true, path);
    }
    // What HTTP itself does not allow in a request line never reaches the dialect.
    for raw in [&b"a\0b"[..], b"a\x7fb", b"a b", b"\xff", b"\xc3\xa4"] {
        let mut request = format!("GET {}/secret/data/", bench.base).into_bytes();
        request.extend_from_slice(raw);
        request.extend_from_slice(format!(" HTTP/1.1\r\nHost: casemate\r\n{}\r\n", bench.token).as_bytes());
        assert_eq!(bench.raw(&request).status, 400, "{raw:?}");
    }
    bench.stop();
}

#[test]
fn routes_and_methods_that_do_not_exist() {
    let bench = Bench::new();
    for path in [
        "/",
        "/v1",
        "/v2/secret/data/a",
        "/api/",
        "/api/x",
        "/metrics",
        "/v1/",
        "/v1/secret/nothing/a",
    ] {
        let reply = bench.connect().request("GET", path, &bench.token, b"").unwrap();
        is_refusal(&reply, 404, true, path);
    }
    let foreign = "/api/00000000-0000-4000-8000-000000000000/v1/secret/data/a";
    for target in [foreign, "/api/not-a-uuid/v1/secret/data/a"] {
        let reply = bench.connect().request("GET", target, &bench.token, b"").unwrap();
        is_refusal(&reply, 404, true, target);
    }
    for (method, path) in [
        ("BREW", "/secret/data/good"),
        ("OPTIONS", "/secret/data/good"),
        ("TRACE", "/secret/metadata/good"),
        ("DELETE", "/secret/config"),
        ("GET", "/secret/delete/good"),
        ("PATCH", "/secret/destroy/good"),
        ("POST", "/secret/subkeys/good"),
    ] {
        is_refusal(
            &bench.ask(method, path, b""),
            405,
            true,
            &format!("{method} {path}"),
        );
    }
    bench.stop();
}
