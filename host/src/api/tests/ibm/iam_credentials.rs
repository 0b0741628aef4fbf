use super::{Ibm, alike, assert_alike};
use crate::auth::iam::{Algorithm, Grant, GrantTo, Role, Scope};
use crate::config::IbmSettings;
use serde_json::{Value, json};

const GROUP: &str = "AccessGroupId-0529f490-129c-4877-a2a0-b57f50d3e53b";
const DAY: i64 = 86_400;
const GRANT: &str = "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey";

/// With an access group whose members may read secrets.
async fn ibm() -> Ibm {
    let settings = IbmSettings {
        identity_algorithm: Algorithm::Es256,
        grants: vec![Grant {
            to: GrantTo::AccessGroup(GROUP.into()),
            role: Role::SecretsReader,
            scope: Scope::Instance,
        }],
        ..IbmSettings::default()
    };
    Ibm::as_root_with(settings).await
}

fn role(more: Value) -> Value {
    let mut body = json!({"access_groups": [GROUP], "ttl": "30m", "labels": ["dev"]});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    body
}

impl Ibm {
    async fn role(&self, name: &str, more: Value) -> Value {
        let path = format!("ibmcloud/iam_credentials/roles/{name}");
        self.check("POST", &path, &role(more), 200).await
    }

    async fn creds(&self, name: &str) -> Value {
        let path = format!("ibmcloud/iam_credentials/creds/{name}");
        self.check("GET", &path, &Value::Null, 200).await
    }

    /// The token that an API key gets, or the status.
    async fn iam_token(&self, creds: &Value) -> Result<String, u16> {
        let form = format!("{GRANT}&apikey={}", creds["api_key"].as_str().unwrap());
        let answer = self.fixture.ask_with("POST", "/identity/token", &form, &[]).await;
        match answer.status {
            200 => Ok(answer.body["access_token"].as_str().unwrap().to_owned()),
            status => Err(status),
        }
    }

    /// The token of ours that an IAM token gets, or the status.
    async fn log_in(&self, token: &str) -> Result<String, u16> {
        let login = json!({ "token": token });
        let answer = self.ask_as("", "PUT", "auth/ibmcloud/login", &login).await;
        match answer.status {
            200 => Ok(answer.body["auth"]["client_token"].as_str().unwrap().to_owned()),
            status => Err(status),
        }
    }

    async fn reads(&self, token: &str) -> u16 {
        let path = "ibmcloud/arbitrary/secrets/database";
        self.ask_as(token, "GET", path, &Value::Null).await.status
    }

    /// How many keys are made anew because it is time.
    async fn rotate(&self) -> usize {
        let issuers = self.fixture.app.ibm.issuers.clone();
        self.fixture
            .bench
            .engine
            .renew_due_leases(&*issuers)
            .await
            .unwrap()
    }

    async fn pass(&self, seconds: i64) -> usize {
        self.fixture.bench.clock.advance_secs(seconds);
        let issuers = self.fixture.app.ibm.issuers.clone();
        self.fixture.bench.engine.end_leases(&*issuers).await.unwrap()
    }
}

#[tokio::test]
async fn an_api_key_leads_to_a_secret_until_its_lease_ends() {
    let ibm = ibm().await;
    ibm.arbitrary("database").await;
    let made = ibm.role("app", json!({"name": "app"})).await;
    assert_alike(
        &made,
        &json!({"access_groups": [GROUP], "ttl": 1800, "secret_type": "iam_credentials", "state": 1, "labels": ["dev"]}),
    );
    assert_eq!(made.get("api_key"), None);
    let creds = ibm.creds("app").await;
    assert_alike(
        &creds,
        &json!({"api_key": "*", "service_id": "*", "api_key_id": "*", "name": "app"}),
    );
    let other = ibm.creds("app").await;
    assert_ne!(
        (&creds["api_key"], &creds["service_id"]),
        (&other["api_key"], &other["service_id"])
    );
    let access = ibm.iam_token(&creds).await.unwrap();
    let client = ibm.log_in(&access).await.unwrap();
    assert_eq!(ibm.reads(&client).await, 200);
    assert_eq!(ibm.pass(1799).await, 0);
    assert_eq!(ibm.reads(&client).await, 200);
    assert_eq!(ibm.pass(1).await, 2);
    assert_eq!(ibm.iam_token(&creds).await, Err(400));
    assert_eq!(ibm.log_in(&access).await, Err(400));
    assert_eq!(ibm.reads(&client).await, 403);
    assert_eq!(ibm.fixture.app.identity.service_ids().unwrap(), []);
}

#[tokio::test]
async fn a_key_that_is_reused_is_kept_rotated_restored_and_deleted() {
    let ibm = ibm().await;
    ibm.role("app", json!({"reuse_api_key": true})).await;
    let first = ibm.creds("app").await;
    assert_eq!(ibm.creds("app").await["api_key"], first["api_key"]);
    let secret = "ibmcloud/iam_credentials/secrets/app";
    let rotated = ibm
        .check("POST", &format!("{secret}/rotate"), &Value::Null, 200)
        .await;
    assert_ne!(rotated["api_key"], first["api_key"]);
    assert!(ibm.iam_token(&first).await.is_ok(), "it lasts until its own end");
    let restore = format!("{secret}/restore");
    let restored = ibm
        .check("POST", &restore, &json!({"version_id": "previous"}), 200)
        .await;
    assert_eq!(restored["api_key"], first["api_key"]);
    assert_eq!(ibm.creds("app").await["api_key"], first["api_key"]);
    let delete = format!("{secret}/delete_credentials");
    let which = json!({"api_key_id": first["api_key_id"]});
    ibm.check("POST", &delete, &which, 204).await;
    ibm.check("POST", &delete, &which, 404).await;
    assert_eq!(ibm.iam_token(&first).await, Err(400));
    assert_ne!(ibm.creds("app").await["api_key"], first["api_key"]);
    assert_eq!(ibm.pass(1800).await, 2);
    ibm.check("POST", &restore, &json!({"version_id": "previous"}), 400)
        .await;
}

#[tokio::test]
async fn locks_keep_credentials_as_they_are() {
    let ibm = ibm().await;
    ibm.role("each", json!({})).await;
    ibm.role("kept", json!({"reuse_api_key": true})).await;
    let kept = ibm.creds("kept").await;
    for name in ["each", "kept"] {
        let lock = format!("ibmcloud/iam_credentials/locks/{name}/lock");
        ibm.check("POST", &lock, &json!({"locks": [{"name": "app"}]}), 200)
            .await;
    }
    let creds = "ibmcloud/iam_credentials/creds";
    ibm.check("GET", &format!("{creds}/each"), &Value::Null, 412)
        .await;
    assert_eq!(
        ibm.creds("kept").await["api_key"],
        kept["api_key"],
        "reading it changes nothing"
    );
    let delete = "ibmcloud/iam_credentials/secrets/kept/delete_credentials";
    ibm.check("POST", delete, &json!({"api_key_id": kept["api_key_id"]}), 412)
        .await;
    ibm.check("DELETE", "ibmcloud/iam_credentials/roles/each", &Value::Null, 412)
        .await;
    ibm.pass(1800).await;
    ibm.check("GET", &format!("{creds}/kept"), &Value::Null, 412)
        .await;
}

#[tokio::test]
async fn a_key_that_is_reused_rotates_by_itself() {
    let ibm = ibm().await;
    ibm.role("each", json!({"ttl": "40d"})).await;
    ibm.role("kept", json!({"ttl": "40d", "reuse_api_key": true}))
        .await;
    let policies = |name: &str| format!("ibmcloud/iam_credentials/secrets/{name}/policies");
    let every =
        |interval: u16, unit: &str| json!({"policies": [{"rotation": {"interval": interval, "unit": unit}}]});
    for (name, interval, unit, why) in [
        ("each", 30, "day", "reuse_api_key"),
        ("kept", 41, "day", "ttl"),
        ("kept", 2, "month", "ttl"),
    ] {
        let refused = ibm.ask("PUT", &policies(name), &every(interval, unit)).await;
        let said = refused.body["errors"].to_string();
        assert!(
            refused.status == 400 && said.contains(why),
            "{name} {interval}: {said}"
        );
    }
    let set = ibm.check("PUT", &policies("kept"), &every(30, "day"), 200).await;
    assert_alike(
        &set,
        &json!({"policies": [{"rotation": {"interval": 30, "unit": "day"}}]}),
    );
    let first = ibm.creds("kept").await;
    assert_eq!(first["next_rotation_date"], "2026-12-21T00:00:00Z", "{first}");
    assert_eq!(ibm.rotate().await, 0);

    // What can't be done now is done later, once, however many intervals have passed.
    ibm.fixture.bench.clock.advance_secs(30 * DAY);
    ibm.fixture.bench.hsm.refuse_seals(true);
    assert_eq!(ibm.rotate().await, 0);
    ibm.fixture.bench.hsm.refuse_seals(false);
    assert_eq!(ibm.rotate().await, 0, "not at once");
    ibm.fixture.bench.clock.advance_secs(60);
    assert_eq!(ibm.rotate().await, 1);
    assert_eq!(ibm.rotate().await, 0);
    assert!(ibm.iam_token(&first).await.is_ok(), "it lasts until its own end");
    let second = ibm.creds("kept").await;
    assert_ne!(second["api_key"], first["api_key"]);
    assert_eq!(second["next_rotation_date"], "2027-01-20T00:00:00Z", "{second}");
    let versions = ibm
        .check(
            "GET",
            "ibmcloud/iam_credentials/secrets/kept/versions",
            &Value::Null,
            200,
        )
        .await;
    let rotated = versions["versions"].as_array().unwrap().last().unwrap();
    assert_alike(rotated, &json!({"auto_rotated": true, "created_by": "casemate"}));

    let metadata = "ibmcloud/iam_credentials/roles/kept/metadata";
    ibm.check("PUT", metadata, &json!({"ttl": "29d"}), 400).await;
    ibm.check("PUT", &policies("kept"), &json!({"policies": []}), 200)
        .await;
    ibm.check("PUT", metadata, &json!({"ttl": "29d"}), 200).await;
    ibm.fixture.bench.clock.advance_secs(31 * DAY);
    assert_eq!(ibm.rotate().await, 0);
}

#[tokio::test]
async fn what_keys_are_made_for_can_be_changed() {
    let ibm = ibm().await;
    ibm.role("app", json!({})).await;
    let metadata = "ibmcloud/iam_credentials/roles/app/metadata";
    let change = json!({"name": "other", "ttl": 60, "access_groups": "AccessGroupId-1,AccessGroupId-2", "labels": ["prod"]});
    let changed = ibm.check("PUT", metadata, &change, 200).await;
    assert_alike(
        &changed,
        &json!({"name": "other", "ttl": 60, "access_groups": ["AccessGroupId-1", "AccessGroupId-2"], "labels": ["prod"]}),
    );
    let creds = ibm.creds("other").await;
    assert_eq!(ibm.pass(60).await, 1);
    assert_eq!(ibm.iam_token(&creds).await, Err(400));
    let metadata = "ibmcloud/iam_credentials/secrets/other/metadata";
    for refused in [
        json!({"ttl": "59s"}),
        json!({"ttl": "91d"}),
        json!({"ttl": true}),
        json!({"access_groups": []}),
        json!({"access_groups": vec![GROUP; 11]}),
    ] {
        ibm.check("PUT", metadata, &refused, 400).await;
    }
    let new = json!({"name": "static", "roles": [{"role": "Reader"}]});
    let holder = ibm.ask("POST", "serviceids", &new).await.body["id"].clone();
    let body = json!({"service_id": holder, "ttl": 60});
    ibm.check("POST", "ibmcloud/iam_credentials/roles/static", &body, 200)
        .await;
    let metadata = "ibmcloud/iam_credentials/roles/static/metadata";
    ibm.check("PUT", metadata, &json!({"access_groups": [GROUP]}), 400)
        .await;
}

#[tokio::test]
async fn a_secret_that_goes_takes_its_keys_with_it() {
    let ibm = ibm().await;
    ibm.role("app", json!({})).await;
    let creds = ibm.creds("app").await;
    let listed = ibm
        .check("GET", "ibmcloud/iam_credentials/roles", &Value::Null, 200)
        .await;
    assert!(
        alike(&listed, &json!({"roles": [{"name": "app"}], "roles_total": 1})),
        "{listed}"
    );
    let metadata = "ibmcloud/iam_credentials/roles/app/metadata";
    let described = ibm
        .check("PUT", metadata, &json!({"description": "An app."}), 200)
        .await;
    assert_eq!(described["description"], "An app.");
    ibm.check("DELETE", "ibmcloud/iam_credentials/roles/app", &Value::Null, 200)
        .await;
    assert_eq!(ibm.iam_token(&creds).await, Err(400));
    assert_eq!(ibm.fixture.app.identity.service_ids().unwrap(), []);
}

#[tokio::test]
async fn a_static_service_id_outlives_its_keys() {
    let ibm = ibm().await;
    let new = json!({"name": "static", "roles": [{"role": "Reader"}]});
    let made = ibm.ask("POST", "serviceids", &new).await.body;
    let body = json!({"service_id": made["id"], "ttl": 60});
    let path = "ibmcloud/iam_credentials/roles/app";
    let writer = ibm.tokens[&Role::Writer].clone();
    assert_eq!(
        ibm.ask_as(&writer, "POST", path, &body).await.status,
        403,
        "it may be anybody's"
    );
    ibm.check("POST", path, &body, 200).await;
    let creds = ibm.creds("app").await;
    assert_eq!(
        (&creds["service_id"], &creds["service_id_is_static"]),
        (&made["id"], &json!(true))
    );
    let access = ibm.iam_token(&creds).await.unwrap();
    ibm.pass(60).await;
    assert_eq!(
        (ibm.iam_token(&creds).await, ibm.log_in(&access).await),
        (Err(400), Err(400))
    );
    assert_eq!(ibm.fixture.app.identity.service_ids().unwrap().len(), 1);
}

#[tokio::test]
async fn what_can_t_be_is_refused() {
    let ibm = ibm().await;
    for body in [
        json!({"ttl": "30m"}),
        json!({"access_groups": [GROUP]}),
        json!({"access_groups": [], "ttl": "30m"}),
        json!({"access_groups": vec![GROUP; 11], "ttl": "30m"}),
        json!({"access_groups": [GROUP, GROUP], "ttl": "30m"}),
        json!({"access_groups": [""], "ttl": "30m"}),
        json!({"service_id": "", "ttl": "30m"}),
        json!({"access_groups": [GROUP], "ttl": 59}),
        json!({"access_groups": [GROUP], "ttl": "91d"}),
        json!({"access_groups": [GROUP], "service_id": "ServiceId-1", "ttl": "30m"}),
        json!({"access_groups": [GROUP], "ttl": "30m", "name": "other"}),
    ] {
        ibm.check("POST", "ibmcloud/iam_credentials/roles/app", &body, 400)
            .await;
    }
    ibm.role("app", json!({})).await;
    let path = "ibmcloud/iam_credentials/roles/app";
    ibm.check("POST", path, &role(json!({})), 409).await;
    let rotate = "ibmcloud/iam_credentials/secrets/app/rotate";
    ibm.check("POST", rotate, &Value::Null, 400).await;
    let root = "ibmcloud/iam_credentials/config/root";
    ibm.check("GET", root, &Value::Null, 404).await;
    ibm.check("PUT", root, &json!({"api_key": "an API key"}), 200)
        .await;
    let hash = ibm.check("GET", root, &Value::Null, 200).await;
    let sha256 = "05576ecdfc69d74646c5d3f99f7bc2089d52cad6863ad2df06b77b4f6002e161";
    assert_eq!(hash, json!({"api_key_hash": sha256}));
}

#[tokio::test]
async fn an_order_that_was_cut_off_is_taken_back() {
    let mut ibm = ibm().await;
    ibm.role("app", json!({"reuse_api_key": true})).await;
    // The device goes while the answer is sealed: the key exists and nobody has it.
    ibm.fixture.bench.hsm.refuse_seals(true);
    let creds = "ibmcloud/iam_credentials/creds/app";
    assert_eq!(ibm.ask("GET", creds, &Value::Null).await.status, 503);
    ibm.fixture.bench.hsm.refuse_seals(false);
    assert_eq!(ibm.fixture.app.identity.service_ids().unwrap(), []);
    let kept = ibm.creds("app").await;
    ibm.fixture.restart();
    assert_eq!(ibm.creds("app").await["api_key"], kept["api_key"]);
    assert_eq!(ibm.pass(1800).await, 1);
}

#[tokio::test]
async fn this_instance_is_a_service_that_gives_tokens() {
    let ibm = ibm().await;
    ibm.arbitrary("database").await;
    let instance = ibm.arbitrary("other").await;
    let shown = ibm
        .check(
            "GET",
            &format!("ibmcloud/arbitrary/secrets/{instance}"),
            &Value::Null,
            200,
        )
        .await;
    let crn = shown["crn"]
        .as_str()
        .unwrap()
        .rsplit_once(":secret:")
        .unwrap()
        .0
        .to_owned()
        + "::";
    let role = "crn:v1:bluemix:public:iam::::serviceRole:SecretsReader";
    let body = json!({"name": "token", "source_crn": crn, "role": role, "ttl": "1h"});
    let path = "ibmcloud/service_credentials/secrets";
    let writer = ibm.tokens[&Role::Writer].clone();
    let manager = json!({"name": "manager", "source_crn": crn, "role": "Manager", "ttl": "1h"});
    assert_eq!(ibm.ask_as(&writer, "POST", path, &manager).await.status, 403);
    let made = ibm.ask_as(&writer, "POST", path, &body).await.body["data"].clone();
    assert_alike(
        &made,
        &json!({"ttl": 3600, "role": role, "secret_data": {"token": "*"}, "versions": [{"expiration_date": "*", "downloaded": true}]}),
    );
    let token = made["secret_data"]["token"].as_str().unwrap();
    assert_eq!(ibm.reads(token).await, 200);
    let read = ibm
        .check("GET", &format!("{path}/token"), &Value::Null, 200)
        .await;
    assert_eq!(read["secret_data"], made["secret_data"]);
    ibm.check("DELETE", &format!("{path}/token"), &Value::Null, 200)
        .await;
    assert_eq!(ibm.reads(token).await, 403);
    let forever = json!({"name": "forever", "source_crn": crn, "role": role});
    ibm.check("POST", path, &forever, 400).await;
    let elsewhere = json!({"name": "else", "source_crn": "crn:v1:bluemix:public:x::::", "role": role});
    ibm.check("POST", path, &elsewhere, 400).await;
    let short = json!({"name": "short", "source_crn": crn, "role": "Reader", "ttl": 60});
    let made = ibm.check("POST", path, &short, 200).await;
    assert_eq!(ibm.pass(60).await, 1);
    assert_eq!(ibm.fixture.bench.engine.run_due().await.unwrap(), 1);
    let over = ibm
        .check("GET", &format!("{path}/short"), &Value::Null, 200)
        .await;
    assert_eq!(
        (&over["state"], over.get("secret_data")),
        (&json!(5), None),
        "{made}"
    );
}
