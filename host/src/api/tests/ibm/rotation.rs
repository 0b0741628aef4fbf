use super::{Ibm, assert_alike};
use serde_json::{Value, json};

const DAY: i64 = 86_400;

fn every(interval: u32, unit: &str) -> Value {
    let kind = "application/vnd.ibm.secrets-manager.secret.policy+json";
    json!({"policies": [{"rotation": {"interval": interval, "unit": unit}, "type": kind}]})
}

async fn credentials(ibm: &Ibm) -> String {
    let body = json!({"name": "rotating", "username": "user123", "password": "first-password"});
    format!(
        "ibmcloud/username_password/secrets/{}",
        ibm.create("username_password", body).await
    )
}

#[tokio::test]
async fn a_policy_answers_as_in_the_documentation() {
    let ibm = Ibm::as_root().await;
    let secret = credentials(&ibm).await;
    let path = format!("{secret}/policies");
    assert_eq!(
        ibm.check("GET", &path, &Value::Null, 200).await,
        json!({"policies": []})
    );
    let set = ibm.check("PUT", &path, &every(10, "day"), 200).await;
    assert_alike(
        &set,
        &json!({"policies": [{
            "created_by": "*", "creation_date": "2026-11-21T00:00:00Z", "crn": "*", "id": "*",
            "last_update_date": "2026-11-21T00:00:00Z", "rotation": {"interval": 10, "unit": "day"},
            "type": "application/vnd.ibm.secrets-manager.secret.policy+json", "updated_by": "*",
        }]}),
    );
    assert_eq!(ibm.check("GET", &path, &Value::Null, 200).await, set);
    let metadata = ibm
        .check("GET", &format!("{secret}/metadata"), &Value::Null, 200)
        .await;
    assert_eq!(metadata["next_rotation_date"], "2026-12-01T00:00:00Z");
    let monthly = ibm.check("PUT", &path, &every(1, "month"), 200).await;
    assert_eq!(monthly["policies"][0]["id"], set["policies"][0]["id"]);
    for body in [
        json!({}),
        every(0, "day"),
        every(1096, "day"),
        every(37, "month"),
        every(1, "year"),
    ] {
        ibm.check("PUT", &path, &body, 400).await;
    }
    assert_eq!(
        ibm.check("PUT", &path, &json!({"policies": []}), 200).await,
        json!({"policies": []})
    );
    let id = ibm.arbitrary("arbitrary").await;
    ibm.check(
        "PUT",
        &format!("ibmcloud/arbitrary/secrets/{id}/policies"),
        &every(1, "day"),
        400,
    )
    .await;
}

#[tokio::test]
async fn missed_rotations_are_made_up_once() {
    let mut ibm = Ibm::as_root().await;
    let secret = credentials(&ibm).await;
    ibm.check("PUT", &format!("{secret}/policies"), &every(10, "day"), 200)
        .await;
    ibm.fixture.bench.clock.advance_secs(10 * DAY - 1);
    assert_eq!(ibm.fixture.bench.engine.run_due().await.unwrap(), 0);
    ibm.fixture.bench.clock.advance_secs(35 * DAY);
    ibm.fixture.restart();
    // Many at once, as several daemons would: one of them rotates.
    let engine = &ibm.fixture.bench.engine;
    let (one, two, three) = tokio::join!(engine.run_due(), engine.run_due(), engine.run_due());
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    assert_eq!(engine.run_due().await.unwrap(), 0);
    let read = ibm.check("GET", &secret, &Value::Null, 200).await;
    assert_alike(
        &read,
        &json!({"versions_total": 2, "versions": [{"auto_rotated": false}, {"auto_rotated": true}]}),
    );
    assert_eq!(read["secret_data"]["username"], "user123");
    assert_eq!(read["secret_data"]["password"].as_str().unwrap().len(), 32);
    assert_eq!(read["next_rotation_date"], "2027-01-10T00:00:00Z");
}

#[tokio::test]
async fn a_lock_on_the_previous_version_holds_rotation_up() {
    let ibm = Ibm::as_root().await;
    let secret = credentials(&ibm).await;
    ibm.check("PUT", &format!("{secret}/policies"), &every(1, "day"), 200)
        .await;
    let locks = secret.replace("secrets", "locks");
    ibm.check(
        "POST",
        &format!("{locks}/lock"),
        &json!({"locks": [{"name": "app"}]}),
        200,
    )
    .await;
    let engine = &ibm.fixture.bench.engine;
    for (days, done) in [(1, 1), (1, 0), (1, 0)] {
        ibm.fixture.bench.clock.advance_secs(days * DAY);
        assert_eq!(engine.run_due().await.unwrap(), done);
    }
    let path = format!("{locks}/versions/previous/unlock");
    ibm.check("POST", &path, &json!({"locks": ["*"]}), 200).await;
    assert_eq!(engine.run_due().await.unwrap(), 1);
}
