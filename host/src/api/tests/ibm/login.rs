use super::{Ibm, assert_alike, iam_id};
use crate::auth::iam::Role;
use serde_json::{Value, json};

#[tokio::test]
async fn a_login_answers_as_in_the_documentation() {
    let ibm = Ibm::new().await;
    let body = json!({"token": ibm.jwt(&iam_id(Role::Reader))});
    for method in ["PUT", "POST"] {
        let answer = ibm.ask_as("", method, "auth/ibmcloud/login", &body).await;
        assert_eq!(answer.status, 200);
        assert_alike(
            &answer.body,
            &json!({
                "request_id": "*", "lease_id": "", "renewable": false, "lease_duration": 0, "data": null,
                "wrap_info": null, "warnings": null,
                "auth": {
                    "client_token": "*", "accessor": "*",
                    "policies": ["default", "instance-reader"], "token_policies": ["default", "instance-reader"],
                    "metadata": {
                        "bss_acc": "791f5fb10986423e97aa8512f18b7e65",
                        "grant_type": "urn:ibm:params:oauth:grant-type:apikey",
                        "name": "secrets-manager-test-reader", "resource": "*", "user": iam_id(Role::Reader),
                    },
                    "lease_duration": 3600, "renewable": true, "entity_id": "*", "token_type": "service", "orphan": true,
                },
            }),
        );
        let resource = answer.body["auth"]["metadata"]["resource"].as_str().unwrap();
        assert!(
            resource.starts_with("crn:v1:bluemix:public:secrets-manager:us-south:a/"),
            "{resource}"
        );
        assert!(resource.ends_with("::"), "{resource}");
        let token = answer.body["auth"]["client_token"].as_str().unwrap();
        let looked_up = ibm
            .ask_as(token, "GET", "auth/token/lookup-self", &Value::Null)
            .await;
        assert_eq!(looked_up.status, 200);
        assert_eq!(looked_up.body["data"]["meta"]["user"], iam_id(Role::Reader));
        let renewed = ibm
            .ask_as(token, "POST", "auth/token/renew-self", &Value::Null)
            .await;
        assert_eq!(
            (renewed.status, &renewed.body["auth"]["lease_duration"]),
            (200, &json!(3600))
        );
    }
}

#[tokio::test]
async fn bad_logins_are_no_logins() {
    let ibm = Ibm::new().await;
    for (body, status) in [
        (json!({}), 400),
        (json!({"token": ""}), 400),
        (json!({"token": 1}), 400),
        (json!({"token": "x"}), 400),
        (json!({"token": "x".repeat(100_000)}), 400),
        (json!({"token": ibm.jwt("iam-ServiceId-nobody")}), 403),
    ] {
        let answer = ibm.ask_as("", "PUT", "auth/ibmcloud/login", &body).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.body["errors"][0].is_string() && answer.body["auth"].is_null());
    }
    let answer = ibm.ask_as("", "GET", "auth/ibmcloud/login", &Value::Null).await;
    assert_eq!(answer.status, 405);
}

#[tokio::test]
async fn the_time_that_logins_last_can_be_set() {
    let ibm = Ibm::new().await;
    let path = "auth/ibmcloud/manage/login";
    let usual = ibm.check("GET", path, &Value::Null, 200).await;
    assert_eq!(
        usual,
        json!({"login": {"token_max_ttl": "24h0m0s", "token_ttl": "1h0m0s"}})
    );
    ibm.check(
        "PUT",
        path,
        &json!({"token_ttl": "30m", "token_max_ttl": "2h"}),
        204,
    )
    .await;
    let set = ibm.check("GET", path, &Value::Null, 200).await;
    assert_eq!(
        set,
        json!({"login": {"token_max_ttl": "2h0m0s", "token_ttl": "30m0s"}})
    );
    ibm.check("PUT", path, &json!({"token_ttl": "3h"}), 400).await;
    ibm.check("PUT", path, &json!({"token_ttl": "soon"}), 400).await;
}
