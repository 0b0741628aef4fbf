use super::{SECRET, not_found};
use crate::api::tests::fixture::Fixture;
use serde_json::json;

#[tokio::test]
async fn list() {
    let f = Fixture::new().await;
    f.check("LIST", "metadata", "", 404, not_found(SECRET)).await;
    for at in ["foo", "foo/bar", "foo/baz/x", "top"] {
        f.check("POST", &format!("data/{at}"), r#"{"data":{}}"#, 200, json!({}))
            .await;
    }
    let root = json!({"data": {"keys": ["foo", "foo/", "top"]}});
    for (method, rest) in [
        ("LIST", "metadata"),
        ("LIST", "metadata/"),
        ("GET", "metadata"),
        ("GET", "metadata?list=true"),
        ("GET", "metadata/?list=true"),
        ("GET", "metadata/?list=1"),
        ("GET", "metadata/?list=T"),
    ] {
        f.check(method, rest, "", 200, root.clone()).await;
    }
    let folder = json!({"data": {"keys": ["bar", "baz/"]}});
    for (method, rest) in [
        ("LIST", "metadata/foo"),
        ("LIST", "metadata/foo/"),
        ("GET", "metadata/foo?list=true"),
    ] {
        f.check(method, rest, "", 200, folder.clone()).await;
    }
    f.check(
        "LIST",
        "metadata/foo%2Fbaz",
        "",
        200,
        json!({"data": {"keys": ["x"]}}),
    )
    .await;
    f.check("LIST", "metadata/top", "", 404, not_found(SECRET)).await;
    f.check(
        "GET",
        "metadata/foo?list=false",
        "",
        200,
        json!({"data": {"current_version": 1}}),
    )
    .await;
    f.check("GET", "metadata/foo?list=maybe", "", 400, json!({}))
        .await;
    f.check("LIST", "data/foo", "", 405, json!({})).await;
}

#[tokio::test]
async fn list_in_pages() {
    let f = Fixture::new().await;
    for n in 0..25 {
        f.check("POST", &format!("data/s{n:02}"), r#"{"data":{}}"#, 200, json!({}))
            .await;
    }
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let headers = [
            ("x-vault-token", f.token.as_str()),
            ("x-pagination-size", "10"),
            ("x-pagination-cursor", &cursor),
        ];
        let answer = f.ask_with("LIST", "metadata", "", &headers).await;
        assert_eq!(answer.status, 200);
        names.push(answer.body["data"]["keys"].as_array().unwrap().clone());
        match answer.headers.get("x-pagination-cursor-next") {
            Some(next) => cursor = next.to_str().unwrap().to_owned(),
            None => break,
        }
    }
    assert_eq!(names.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5]);
    let expected: Vec<_> = (0..25).map(|n| json!(format!("s{n:02}"))).collect();
    assert_eq!(names.concat(), expected);
    for (name, value) in [
        ("x-pagination-size", "0"),
        ("x-pagination-size", "x"),
        ("x-pagination-cursor", "!!"),
    ] {
        let answer = f
            .ask_with(
                "LIST",
                "metadata",
                "",
                &[("x-vault-token", &f.token), (name, value)],
            )
            .await;
        assert_eq!(answer.status, 400, "{name}: {value}");
    }
}
