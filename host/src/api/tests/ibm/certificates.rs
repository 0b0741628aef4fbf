use super::{Ibm, assert_alike};
use serde_json::{Value, json};

const LEAF: &str = include_str!("../../../engine/managed/certificate/testdata/leaf.pem");
const KEY: &str = include_str!("../../../engine/managed/certificate/testdata/key.pem");
const ROOT: &str = include_str!("../../../engine/managed/certificate/testdata/root.pem");
const EC: &str = include_str!("../../../engine/managed/certificate/testdata/ec.pem");

#[tokio::test]
async fn certificates_answer_as_in_the_documentation() {
    let ibm = Ibm::new().await;
    ibm.fixture.bench.clock.advance_secs(1000);
    let body = json!({
        "name": "test-imported-certificate", "description": "Extended description for my secret.",
        "certificate": LEAF, "private_key": KEY, "intermediate": ROOT, "labels": ["dev", "us-south"],
    });
    let made = ibm
        .check("POST", "ibmcloud/imported_cert/secrets", &body, 200)
        .await;
    let validity = json!({"not_after": "*", "not_before": "*"});
    let wanted = json!({
        "algorithm": "RSA", "common_name": "example.com", "intermediate_included": true,
        "issuer": "US Texas Austin Example Corp. Example Root", "key_algorithm": "SHA256-RSA",
        "private_key_included": true, "secret_type": "imported_cert", "serial_number": "fc:22:29:7e:57:25:8a:05",
        "state": 1, "validity": validity, "expiration_date": "*",
        "versions": [{
            "creation_date": "2026-11-21T00:16:40.000000000Z", "expiration_date": "*", "id": "*",
            "serial_number": "fc:22:29:7e:57:25:8a:05", "validity": validity,
        }],
    });
    assert_alike(&made, &wanted);
    assert_eq!(made.get("secret_data"), None);
    assert_eq!(made["expiration_date"], made["validity"]["not_after"]);
    let secret = format!("ibmcloud/imported_cert/secrets/{}", made["id"].as_str().unwrap());
    let read = ibm.check("GET", &secret, &Value::Null, 200).await;
    let parts = json!({"certificate": LEAF, "private_key": KEY, "intermediate": ROOT});
    assert_eq!(read["secret_data"], parts);
    // Nothing of the old version is carried over.
    let rotated = ibm
        .check(
            "POST",
            &format!("{secret}/rotate"),
            &json!({"certificate": EC}),
            200,
        )
        .await;
    assert_eq!(rotated["secret_data"], json!({"certificate": EC}));
    assert_alike(
        &rotated,
        &json!({
            "algorithm": "ECDSA", "key_algorithm": "ECDSA-SHA256", "common_name": "ec.example.com",
            "intermediate_included": false, "private_key_included": false, "versions_total": 2,
        }),
    );
    let date = json!({"expiration_date": "2030-01-01T00:00:00Z"});
    ibm.check("PUT", &format!("{secret}/metadata"), &date, 400).await;
}

#[tokio::test]
async fn parts_that_do_not_fit_are_refused() {
    let ibm = Ibm::new().await;
    let large = format!("{ROOT}{}", "\n".repeat(100 * 1024));
    for (body, why) in [
        (json!({"certificate": EC, "private_key": KEY}), "does not match"),
        (
            json!({"certificate": LEAF, "intermediate": EC}),
            "follow each other",
        ),
        (json!({"certificate": LEAF, "intermediate": large}), "100 KB"),
        (json!({"certificate": ""}), "certificate"),
        (json!({"private_key": KEY}), "certificate"),
    ] {
        let mut body = body;
        body["name"] = json!("refused");
        let answer = ibm.ask("POST", "ibmcloud/imported_cert/secrets", &body).await;
        let text = answer.body["errors"][0].as_str().unwrap_or_default();
        assert!(answer.status == 400 && text.contains(why), "{why}: {answer:?}");
    }
    let answer = ibm
        .ask("GET", "ibmcloud/imported_cert/secrets", &Value::Null)
        .await;
    assert_eq!(answer.body["data"]["secrets_total"], 0);
}
