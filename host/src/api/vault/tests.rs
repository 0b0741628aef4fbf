use std::collections::HashSet;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, StatusCode, Uri};
use serde_json::{Value, json};

use super::*;

async fn read(response: Response) -> (StatusCode, HeaderMap, Bytes) {
    let (parts, body) = response.into_parts();
    (
        parts.status,
        parts.headers,
        body.collect().await.unwrap().to_bytes(),
    )
}

async fn body(response: Response) -> Value {
    serde_json::from_slice(&read(response).await.2).unwrap()
}

/// The identifier differs from answer to answer.
fn without_id(mut body: Value) -> Value {
    let id = body.as_object_mut().unwrap().remove("request_id").unwrap();
    let id: uuid::Uuid = id.as_str().unwrap().parse().unwrap();
    assert_eq!(id.get_version_num(), 4);
    body
}

#[tokio::test]
async fn data_stands_in_the_whole_envelope() {
    let (status, headers, bytes) = read(data(br#"{"a":1}"#)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["cache-control"], "no-store");
    let expected = json!({
        "lease_id": "", "renewable": false, "lease_duration": 0, "data": {"a": 1},
        "wrap_info": null, "warnings": null, "auth": null,
    });
    assert_eq!(without_id(serde_json::from_slice(&bytes).unwrap()), expected);
}

#[tokio::test]
async fn an_okms_error_stands_beside_the_envelope() {
    let warnings = ["mind \"this\"".to_string(), "\u{7}\n".to_string()];
    let id = RequestId::fresh();
    let response = Envelope::new()
        .auth(b"[]")
        .warnings(&warnings)
        .okms_error(17_125_377, &["a \\ \"b\""])
        .request_id(id)
        .respond(StatusCode::NOT_FOUND);
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let expected = json!({
        "request_id": id.to_string(), "lease_id": "", "renewable": false, "lease_duration": 0, "data": null,
        "wrap_info": null, "warnings": warnings, "auth": [],
        "errors": ["a \\ \"b\""], "error_id": "", "error_code": 17_125_377,
    });
    assert_eq!(body(response).await, expected);
}

#[tokio::test]
async fn errors_are_a_list_that_may_be_empty() {
    let denied = errors(StatusCode::FORBIDDEN, &["permission denied"]);
    assert_eq!(denied.headers()["content-type"], "application/json");
    assert_eq!(body(denied).await, json!({"errors": ["permission denied"]}));
    assert_eq!(
        body(errors::<&str>(StatusCode::NOT_FOUND, &[])).await,
        json!({"errors": []})
    );
}

#[tokio::test]
async fn no_content_has_no_body_and_no_type() {
    let (status, headers, bytes) = read(no_content()).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(headers.get(CONTENT_TYPE), None);
    assert_eq!(headers["cache-control"], "no-store");
    assert!(bytes.is_empty());
}

#[test]
fn request_ids_do_not_repeat() {
    let threads =
        [(); 4].map(|()| std::thread::spawn(|| (0..10_000).map(|_| RequestId::fresh()).collect::<Vec<_>>()));
    let ids = threads.into_iter().flat_map(|thread| thread.join().unwrap());
    assert_eq!(ids.collect::<HashSet<_>>().len(), 40_000);
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        (hyper::header::HeaderName::from_static(name), value)
    });
    pairs.collect()
}

#[test]
fn a_token_comes_in_either_header() {
    let cases: [(&[(&str, &str)], _); 9] = [
        (&[("x-vault-token", "t")], Some(("t", Carrier::VaultToken))),
        (&[("x-vault-token", " t ")], Some(("t", Carrier::VaultToken))),
        (&[("authorization", "Bearer t")], Some(("t", Carrier::Bearer))),
        (&[("authorization", "bEARER  t")], Some(("t", Carrier::Bearer))),
        (
            &[("authorization", "Bearer b"), ("x-vault-token", "v")],
            Some(("v", Carrier::VaultToken)),
        ),
        (
            &[("authorization", "Bearer b"), ("x-vault-token", "")],
            Some(("b", Carrier::Bearer)),
        ),
        (&[("authorization", "Basic t")], None),
        (&[("authorization", "Bearer ")], None),
        (&[("x-vault-token", "\u{e4}")], Some(("?", Carrier::VaultToken))),
    ];
    for (pairs, expected) in cases {
        let headers = headers(pairs);
        let found = credential(&headers).map(|found| (found.token, found.carrier));
        assert_eq!(found, expected, "{pairs:?}");
    }
    assert!(credential(&headers(&[])).is_none());
}

#[test]
fn lists_are_asked_for_in_many_ways() {
    let list = Method::from_bytes(b"LIST").unwrap();
    let cases = [
        (&list, "/a", Ok(true)),
        (&list, "/a?list=false", Ok(true)),
        (&Method::GET, "/a", Ok(false)),
        (&Method::GET, "/a?list=true", Ok(true)),
        (&Method::GET, "/a?x=1&list=1", Ok(true)),
        (&Method::GET, "/a?l%69st=T", Ok(true)),
        (&Method::GET, "/a?list=false", Ok(false)),
        (&Method::GET, "/a?", Ok(false)),
        (&Method::POST, "/a?list=true", Ok(false)),
        (&Method::GET, "/a?list=yes", Err(())),
        (&Method::GET, "/a?list", Err(())),
    ];
    for (method, uri, expected) in cases {
        let uri: Uri = uri.parse().unwrap();
        assert_eq!(is_list(method, &uri).map_err(drop), expected, "{method} {uri}");
    }
}

#[test]
fn queries_are_decoded_once() {
    let uri: Uri = "/a?x=a%2Bb+c%2541&&y&z=%ff".parse().unwrap();
    let pairs: Vec<_> = query_pairs(&uri).collect();
    let expected = [("x", "a+b c%41"), ("y", ""), ("z", "\u{fffd}")];
    assert_eq!(pairs, expected.map(|(name, value)| (name.into(), value.into())));
}

#[test]
fn bodies_are_objects_or_empty() {
    assert!(json_object(b"").unwrap().is_empty());
    assert!(json_object(b" \r\n").unwrap().is_empty());
    assert_eq!(json_object(br#"{"a":[1]}"#).unwrap()["a"], json!([1]));
    for bad in ["[]", "null", "1", "{", "{}x", "a=b", "\"\""] {
        assert!(json_object(bad.as_bytes()).is_err(), "{bad}");
    }
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(json_object(deep.as_bytes()).is_err());
    assert!(json_object(b"{\"a\":\"\xff\"}").is_err());
}
