use super::{Ibm, assert_alike};
use serde_json::{Value, json};

fn lock(name: &str) -> Value {
    json!({"locks": [{"name": name, "description": "Test lock.", "attributes": {"key": "value"}}]})
}

struct Locked {
    ibm: Ibm,
    secret: String,
    locks: String,
}

impl Locked {
    async fn new() -> Self {
        let ibm = Ibm::new().await;
        let id = ibm.arbitrary("locked").await;
        Self {
            ibm,
            secret: format!("ibmcloud/arbitrary/secrets/{id}"),
            locks: format!("ibmcloud/arbitrary/locks/{id}"),
        }
    }

    async fn rotate(&self, status: u16) {
        let path = format!("{}/rotate", self.secret);
        self.ibm
            .check("POST", &path, &json!({"payload": "new"}), status)
            .await;
    }

    async fn lock(&self, action: &str, name: &str) -> Value {
        let path = format!("{}/{action}", self.locks);
        self.ibm.check("POST", &path, &lock(name), 200).await["versions"].clone()
    }

    async fn unlock(&self, version: &str, names: Value) -> Value {
        let path = format!("{}{version}/unlock", self.locks);
        self.ibm.check("POST", &path, &json!({"locks": names}), 200).await["versions"].clone()
    }
}

#[tokio::test]
async fn locks_answer_as_in_the_documentation() {
    let it = Locked::new().await;
    let made = it
        .ibm
        .check(
            "POST",
            &format!("{}/lock", it.locks),
            &lock("lock-for-app-1"),
            200,
        )
        .await;
    assert_alike(
        &made,
        &json!({
            "secret_group_id": "default", "secret_id": "*",
            "versions": [{"alias": "current", "id": "*", "locks": ["lock-for-app-1"], "payload_available": true}],
        }),
    );
    it.rotate(200).await;
    it.ibm.fixture.bench.clock.advance_secs(1);
    let both = it.lock("lock", "lock-for-app-2").await;
    assert_alike(
        &both,
        &json!([
            {"alias": "current", "locks": ["lock-for-app-2"], "payload_available": true},
            {"alias": "previous", "locks": ["lock-for-app-1"], "payload_available": true},
        ]),
    );
    let list = it.ibm.check("GET", &it.locks, &Value::Null, 200).await;
    assert_alike(
        &list,
        &json!({
            "locks": [
                {
                    "attributes": {"key": "value"}, "created_by": "*", "creation_date": "2026-11-21T00:00:01.000000Z",
                    "description": "Test lock.", "last_update_date": "2026-11-21T00:00:01.000000Z",
                    "name": "lock-for-app-2", "secret_group_id": "default", "secret_id": "*",
                    "secret_version_alias": "current", "secret_version_id": "*",
                },
                {"name": "lock-for-app-1", "secret_version_alias": "previous"},
            ],
            "locks_total": 2,
        }),
    );
    let one = it
        .ibm
        .check(
            "GET",
            &format!("{}/versions/previous", it.locks),
            &Value::Null,
            200,
        )
        .await;
    assert_eq!(
        (&one["locks_total"], &one["locks"][0]["name"]),
        (&json!(1), &json!("lock-for-app-1"))
    );
    for (query, names) in [
        ("limit=1", vec!["lock-for-app-2"]),
        ("limit=1&offset=1", vec!["lock-for-app-1"]),
        ("search=app-1", vec!["lock-for-app-1"]),
        ("offset=2", vec![]),
    ] {
        let page = it
            .ibm
            .check("GET", &format!("{}?{query}", it.locks), &Value::Null, 200)
            .await;
        let found: Vec<_> = page["locks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|lock| lock["name"].as_str().unwrap())
            .collect();
        assert_eq!(found, names, "{query}");
    }
    it.ibm
        .check("GET", &format!("{}?limit=0", it.locks), &Value::Null, 400)
        .await;
    let metadata = it
        .ibm
        .check("GET", &format!("{}/metadata", it.secret), &Value::Null, 200)
        .await;
    assert_eq!(metadata["locks_total"], 2);
}

#[tokio::test]
async fn under_a_lock_a_secret_rotates_once_and_stays() {
    let it = Locked::new().await;
    it.lock("lock", "app").await;
    let refused = it.ibm.ask("DELETE", &it.secret, &Value::Null).await;
    assert_eq!(refused.status, 412);
    let text = "The requested action can't be completed because the secret version is locked.";
    assert_eq!(refused.body["errors"], json!([text]));
    it.rotate(200).await;
    it.rotate(412).await;
    it.ibm.check("DELETE", &it.secret, &Value::Null, 412).await;
    let previous = it
        .ibm
        .check(
            "GET",
            &format!("{}/versions/previous", it.secret),
            &Value::Null,
            200,
        )
        .await;
    assert_eq!(previous["secret_data"]["payload"], "secret-data");
    // What describes the secret is not its data.
    it.ibm
        .check(
            "PUT",
            &format!("{}/metadata", it.secret),
            &json!({"description": "new"}),
            200,
        )
        .await;
    it.unlock("", json!(["*"])).await;
    it.rotate(412).await;
    it.unlock("/versions/previous", json!(["app", "unknown"])).await;
    it.rotate(200).await;
    it.ibm.check("DELETE", &it.secret, &Value::Null, 200).await;
}

#[tokio::test]
async fn exclusive_locks_displace_those_before() {
    let it = Locked::new().await;
    it.lock("lock", "one").await;
    it.lock("lock", "two").await;
    it.rotate(200).await;
    let after = it.lock("lock_exclusive", "one").await;
    assert_eq!(
        (&after[0]["locks"], &after[1]["locks"]),
        (&json!(["one"]), &json!(["two"]))
    );
    let kept = it.lock("lock_exclusive_delete", "one").await;
    assert_eq!(
        (&kept[1]["locks"], &kept[1]["payload_available"]),
        (&json!(["two"]), &json!(true))
    );
    let gone = it.lock("lock_exclusive_delete", "two").await;
    assert_alike(
        &gone,
        &json!([{"locks": ["one", "two"]}, {"locks": [], "payload_available": false}]),
    );
    it.ibm
        .check(
            "POST",
            &format!("{}/versions/previous/lock", it.locks),
            &lock("late"),
            400,
        )
        .await;
    it.rotate(200).await;
    // On the previous version the mode makes no difference.
    let path = "versions/previous/lock_exclusive_delete";
    let previous = it.lock(path, "three").await;
    assert_alike(
        &previous,
        &json!([{"locks": []}, {"locks": ["one", "two", "three"], "payload_available": true}]),
    );
}

#[tokio::test]
async fn bad_locks_are_refused() {
    let it = Locked::new().await;
    let path = format!("{}/lock", it.locks);
    for body in [
        json!({}),
        json!({"locks": []}),
        json!({"locks": ["name"]}),
        json!({"locks": [{"name": "*"}]}),
        json!({"locks": [{"name": "ok", "attributes": 1}]}),
        json!({"locks": [{"description": "x"}]}),
    ] {
        it.ibm.check("POST", &path, &body, 400).await;
    }
    let many = |range: std::ops::Range<u32>| {
        let locks: Vec<_> = range
            .map(|index| json!({"name": format!("lock-{index}")}))
            .collect();
        json!({ "locks": locks })
    };
    it.ibm.check("POST", &path, &many(0..1000), 200).await;
    it.ibm.check("POST", &path, &many(1000..1001), 400).await;
    it.ibm.check("POST", &path, &many(5..6), 200).await;
    it.ibm
        .check(
            "POST",
            &format!("{}/versions/nothing/lock", it.locks),
            &lock("xx"),
            404,
        )
        .await;
}
