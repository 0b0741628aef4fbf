use super::{Ibm, assert_alike};
use crate::engine::managed::ListQuery;
use serde_json::{Value, json};

async fn expiring(ibm: &Ibm, name: &str) -> String {
    let body = json!({"name": name, "payload": "p", "expiration_date": "2026-11-21T01:00:00Z"});
    format!(
        "ibmcloud/arbitrary/secrets/{}",
        ibm.create("arbitrary", body).await
    )
}

#[tokio::test]
async fn an_expired_secret_is_destroyed_on_time_and_its_metadata_stays() {
    let mut ibm = Ibm::as_root().await;
    let secret = expiring(&ibm, "short").await;
    ibm.fixture.bench.clock.advance_secs(3599);
    assert_eq!(ibm.fixture.bench.engine.run_due().await.unwrap(), 0);
    assert_eq!(
        ibm.check("GET", &secret, &Value::Null, 200).await["secret_data"]["payload"],
        "p"
    );
    ibm.fixture.bench.clock.advance_secs(1);
    // Not read from its date on, destroyed already or not.
    for done in [1, 0] {
        let over = ibm.check("GET", &secret, &Value::Null, 200).await;
        assert_alike(
            &over,
            &json!({"state": 5, "state_description": "Destroyed", "name": "short"}),
        );
        assert_eq!(
            (over.get("secret_data"), &over["versions"][0]["payload_available"]),
            (None, &json!(false))
        );
        assert_eq!(ibm.fixture.bench.engine.run_due().await.unwrap(), done);
    }
    ibm.fixture.bench.clock.advance_secs(-7200);
    ibm.fixture.restart();
    let over = ibm.check("GET", &secret, &Value::Null, 200).await;
    assert_eq!((&over["state"], over.get("secret_data")), (&json!(5), None));
    ibm.check("POST", &format!("{secret}/rotate"), &json!({"payload": "x"}), 400)
        .await;
    ibm.check(
        "PUT",
        &format!("{secret}/metadata"),
        &json!({"expiration_date": "2030-01-01T00:00:00Z"}),
        400,
    )
    .await;
    ibm.check("DELETE", &secret, &Value::Null, 200).await;
}

#[tokio::test]
async fn a_restart_forgets_no_date() {
    let mut ibm = Ibm::as_root().await;
    expiring(&ibm, "short").await;
    ibm.fixture.bench.clock.advance_secs(1);
    ibm.arbitrary("long").await;
    ibm.fixture.bench.clock.advance_secs(86_400);
    ibm.fixture.restart();
    let engine = &ibm.fixture.bench.engine;
    assert_eq!(engine.run_due().await.unwrap(), 1);
    let query = ListQuery {
        limit: 10,
        ..ListQuery::default()
    };
    let listed = engine
        .listed(crate::engine::managed::Kind::Arbitrary, None, &query)
        .unwrap();
    let destroyed: Vec<_> = listed
        .page
        .iter()
        .map(|row| row.managed.as_ref().unwrap().destroyed)
        .collect();
    assert_eq!(destroyed, [true, false]);
}

#[tokio::test]
async fn a_clock_set_forward_and_back_destroys_nothing() {
    let ibm = Ibm::new().await;
    let secret = expiring(&ibm, "short").await;
    let bench = &ibm.fixture.bench;
    bench.clock.set_ahead_secs(86_400);
    assert_eq!(bench.engine.run_due().await.unwrap(), 0);
    bench.clock.set_ahead_secs(0);
    assert_eq!(
        ibm.check("GET", &secret, &Value::Null, 200).await["secret_data"]["payload"],
        "p"
    );
}

#[tokio::test]
async fn a_locked_secret_expires_when_it_is_unlocked() {
    let ibm = Ibm::as_root().await;
    let secret = expiring(&ibm, "short").await;
    let locks = secret.replace("secrets", "locks");
    ibm.check(
        "POST",
        &format!("{locks}/lock"),
        &json!({"locks": [{"name": "app"}]}),
        200,
    )
    .await;
    ibm.fixture.bench.clock.advance_secs(7200);
    assert_eq!(ibm.fixture.bench.engine.run_due().await.unwrap(), 0);
    assert_eq!(ibm.check("GET", &secret, &Value::Null, 200).await["state"], 1);
    ibm.check("POST", &format!("{locks}/unlock"), &json!({"locks": ["*"]}), 200)
        .await;
    assert_eq!(ibm.check("GET", &secret, &Value::Null, 200).await["state"], 5);
    assert_eq!(ibm.fixture.bench.engine.run_due().await.unwrap(), 1);
}
