use super::{Ibm, assert_alike};
use serde_json::{Value, json};

const GROUPS: &str = "auth/ibmcloud/manage/groups";

#[tokio::test]
async fn groups_come_change_and_go() {
    let ibm = Ibm::new().await;
    let body =
        json!({"name": "test-secret-group", "description": "Extended description for my secret group."});
    let made = ibm.check("POST", GROUPS, &body, 200).await;
    let kind = "application/vnd.ibm.secrets-manager.secret.group+json";
    let wanted = json!({
        "creation_date": "2026-11-21T00:00:00Z", "description": "Extended description for my secret group.", "id": "*",
        "last_update_date": "2026-11-21T00:00:00Z", "name": "test-secret-group", "type": kind,
    });
    assert_alike(&made, &wanted);
    let one = format!("{GROUPS}/{}", made["id"].as_str().unwrap());
    ibm.fixture.bench.clock.advance_secs(60);
    let updated = ibm
        .check(
            "PUT",
            &one,
            &json!({"name": "other", "description": "Updated."}),
            200,
        )
        .await;
    assert_eq!(updated["last_update_date"], "2026-11-21T00:01:00Z");
    assert_eq!(updated["creation_date"], "2026-11-21T00:00:00Z");
    assert_eq!(ibm.check("GET", &one, &Value::Null, 200).await, updated);
    let all = ibm.check("GET", GROUPS, &Value::Null, 200).await;
    assert_eq!(all, json!({"groups": [updated]}));
    let deleted = ibm.ask("DELETE", &one, &Value::Null).await;
    assert_eq!((deleted.status, &deleted.body["data"]), (200, &Value::Null));
    ibm.check("GET", &one, &Value::Null, 404).await;
    ibm.check("DELETE", &one, &Value::Null, 404).await;
    ibm.check("GET", &format!("{GROUPS}/x"), &Value::Null, 404).await;
    for body in [
        json!({}),
        json!({"name": "x"}),
        json!({"name": "xx", "description": "x"}),
    ] {
        ibm.check("POST", GROUPS, &body, 400).await;
    }
}

#[tokio::test]
async fn a_group_with_secrets_stays() {
    let ibm = Ibm::new().await;
    let group = ibm.group().await;
    let list = format!("ibmcloud/arbitrary/secrets/groups/{group}");
    let made = ibm
        .check("POST", &list, &json!({"name": "in-group", "payload": "p"}), 200)
        .await;
    assert_eq!(made["secret_group_id"], group.as_str());
    ibm.check("DELETE", &format!("{GROUPS}/{group}"), &Value::Null, 400)
        .await;
    let secret = format!("{list}/in-group");
    assert_eq!(
        ibm.check("GET", &secret, &Value::Null, 200).await["secret_data"]["payload"],
        "p"
    );
    // Neither through the default group nor through another one.
    ibm.check("GET", "ibmcloud/arbitrary/secrets/in-group", &Value::Null, 404)
        .await;
    let other = ibm.group().await;
    ibm.check(
        "GET",
        &format!("ibmcloud/arbitrary/secrets/groups/{other}/in-group"),
        &Value::Null,
        404,
    )
    .await;
    ibm.check("DELETE", &secret, &Value::Null, 200).await;
    ibm.check("DELETE", &format!("{GROUPS}/{group}"), &Value::Null, 200)
        .await;
    ibm.check("POST", &list, &json!({"name": "late", "payload": "p"}), 404)
        .await;
}
