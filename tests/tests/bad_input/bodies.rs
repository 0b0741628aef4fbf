use crate::bench::{Bench, is_refusal};

#[test]
fn bodies_that_are_none() {
    let bench = Bench::new();
    let deep_arrays = format!(r#"{{"data":{{"a":{}"#, "[".repeat(100_000));
    let deep_objects = format!(r#"{{"data":{}"#, r#"{"a":"#.repeat(20_000));
    let closed = format!(
        r#"{{"data":{{"a":{}{}}}}}"#,
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    let bodies: [&[u8]; 12] = [
        b"nonsense",
        b"{",
        b"[1]",
        b"\"text\"",
        b"null",
        b"12",
        b"{\"data\":{}}}",
        b"\xff\xfe{}",
        b"{\"data\":{\"a\":\"\xff\"}}",
        deep_arrays.as_bytes(),
        deep_objects.as_bytes(),
        closed.as_bytes(),
    ];
    let calls = [
        ("POST", "/secret/data/a"),
        ("PUT", "/secret/data/good"),
        ("PATCH", "/secret/data/good"),
        ("POST", "/secret/metadata/good"),
        ("PATCH", "/secret/metadata/good"),
        ("POST", "/secret/config"),
        ("POST", "/secret/delete/good"),
        ("POST", "/secret/undelete/good"),
        ("PUT", "/secret/destroy/good"),
        ("POST", "/auth/token/create"),
    ];
    for (method, path) in calls {
        for body in bodies {
            let what = format!(
                "{method} {path} {}",
                String::from_utf8_lossy(&body[..body.len().min(20)])
            );
            is_refusal(
                &bench.ask(method, path, body),
                400,
                path.starts_with("/secret"),
                &what,
            );
        }
    }
    assert_eq!(
        bench.ask("GET", "/secret/metadata/a", b"").status,
        404,
        "a refused write left something"
    );
    bench.stop();
}

#[test]
fn values_of_wrong_types() {
    let bench = Bench::new();
    let cases = [
        ("POST", "/secret/data/good", r#"{"data":1}"#),
        ("POST", "/secret/data/good", r#"{"data":[]}"#),
        ("POST", "/secret/data/good", r#"{"data":"text"}"#),
        ("POST", "/secret/data/good", r#"{"data":null}"#),
        ("POST", "/secret/data/good", r#"{"data":{},"options":1}"#),
        (
            "POST",
            "/secret/data/good",
            r#"{"data":{},"options":{"cas":"x"}}"#,
        ),
        ("POST", "/secret/data/good", r#"{"data":{},"options":{"cas":-1}}"#),
        (
            "POST",
            "/secret/data/good",
            r#"{"data":{},"options":{"cas":1e99}}"#,
        ),
        ("POST", "/secret/metadata/good", r#"{"max_versions":"many"}"#),
        ("POST", "/secret/metadata/good", r#"{"cas_required":"perhaps"}"#),
        ("POST", "/secret/metadata/good", r#"{"custom_metadata":[]}"#),
        ("POST", "/secret/metadata/good", r#"{"delete_version_after":{}}"#),
        (
            "POST",
            "/secret/config",
            r#"{"max_versions":99999999999999999999}"#,
        ),
        ("POST", "/secret/delete/good", r#"{"versions":{}}"#),
        ("POST", "/secret/undelete/good", r#"{"versions":[[]]}"#),
        ("PUT", "/secret/destroy/good", r#"{"versions":["x"]}"#),
        ("PUT", "/secret/destroy/good", r#"{}"#),
    ];
    for (method, path, body) in cases {
        is_refusal(&bench.ask(method, path, body.as_bytes()), 400, true, body);
    }
    bench.stop();
}

#[test]
fn bodies_that_are_too_large() {
    let bench = Bench::new();
    let head = format!(
        "POST {}/secret/data/a HTTP/1.1\r\nHost: casemate\r\n{}",
        bench.base, bench.token
    );
    let declared = bench.raw(format!("{head}Content-Length: 10000000\r\n\r\n").as_bytes());
    is_refusal(&declared, 413, true, "declared");
    assert_eq!(declared.header("connection"), Some("close"));

    let mut chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    for _ in 0..40 {
        chunked.extend_from_slice(b"2000\r\n");
        chunked.extend_from_slice(&[b'x'; 0x2000]);
        chunked.extend_from_slice(b"\r\n");
    }
    is_refusal(&bench.raw(&chunked), 413, true, "chunked");

    let large = format!(r#"{{"data":{{"text":"{}"}}}}"#, "x".repeat(65_536));
    is_refusal(
        &bench.ask("POST", "/secret/data/a", large.as_bytes()),
        413,
        true,
        "a version",
    );
    assert_eq!(
        bench.ask("GET", "/secret/metadata/a", b"").status,
        404,
        "a refused write left something"
    );
    bench.stop();
}
