use super::super::fixture::Fixture;
use super::NOBODY;
use crate::api::imco::Imco;
use crate::config::{ImcoSettings, Item};
use crate::engine::vaults::ObjectId;
use serde_json::json;
use std::sync::Arc;

/// A daemon whose settings have two labels; answers their identifiers too.
async fn labelled() -> (Fixture, [String; 2]) {
    let mut fixture = Fixture::new().await;
    let labels = ["production", "test"].map(|name| Item {
        id: ObjectId::derived(&[name.as_bytes()]),
        name: name.into(),
    });
    let ids = [&labels[0], &labels[1]].map(|label| label.id.to_string());
    let settings = ImcoSettings {
        labels: labels.into(),
        ..ImcoSettings::default()
    };
    Arc::get_mut(&mut fixture.app).unwrap().imco = Imco::new(settings);
    (fixture, ids)
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

#[tokio::test]
async fn a_label_is_put_on_and_taken_off() {
    let (fixture, [label, other]) = labelled().await;
    let vault = fixture.active_vault().await;
    let secret = fixture.secret(&vault, "a").await;
    let resources = format!("/v3/labels/{label}/resources");
    fixture.check("GET", &resources, "", 200, json!([])).await;
    let both = json!([
        {"id": id(&vault), "resource_type": "key_vault"},
        {"id": id(&secret), "resource_type": "secret"},
    ]);
    let on = json!({ "resources": both }).to_string();
    fixture.check("POST", &resources, &on, 200, both.clone()).await;
    fixture.check("POST", &resources, &on, 200, both.clone()).await;
    fixture.check("GET", &resources, "", 200, both.clone()).await;
    for path in [&vault, &secret] {
        fixture
            .check("GET", path, "", 200, json!({"label_ids": [label]}))
            .await;
    }
    let elsewhere = format!("/v3/labels/{other}/resources");
    fixture.check("GET", &elsewhere, "", 200, json!([])).await;
    let off = format!("{resources}/key_vault/{}", id(&vault));
    fixture.check("DELETE", &off, "", 200, json!([both[1]])).await;
    fixture
        .check("GET", &vault, "", 200, json!({"label_ids": []}))
        .await;
    let off = format!("{resources}/secret/{}", id(&secret));
    fixture.check("DELETE", &off, "", 200, json!([])).await;
}

#[tokio::test]
async fn what_is_made_may_have_labels_at_once() {
    let (mut fixture, [label, other]) = labelled().await;
    let mut new = fixture.new_vault("main").await;
    new["label_ids"] = json!([other, label, other]);
    let made = fixture
        .ask("POST", "/v3/secret/key_vaults", &new.to_string())
        .await;
    assert_eq!(made.body["label_ids"], json!([other, label]), "{made:?}");
    let vault = super::path("key_vaults", &made);
    fixture.drive().await;
    let new = json!({"name": "a", "content": "a", "label_ids": [label]}).to_string();
    let made = fixture.ask("POST", &format!("{vault}/secrets"), &new).await;
    assert_eq!(made.body["label_ids"], json!([label]), "{made:?}");
    fixture.restart();
    let shown = fixture.ask("GET", &vault, "").await;
    assert_eq!(shown.body["label_ids"], json!([other, label]));
}

#[tokio::test]
async fn what_can_have_no_label_is_named() {
    let (fixture, [label, _]) = labelled().await;
    let vault = fixture.active_vault().await;
    let resources = format!("/v3/labels/{label}/resources");
    let on = |id: &str, kind: &str| json!({"resources": [{"id": id, "resource_type": kind}]}).to_string();
    for (path, body, status) in [
        (resources.clone(), on(NOBODY, "key_vault"), 404),
        (resources.clone(), on(NOBODY, "secret"), 404),
        (resources.clone(), on(id(&vault), "server"), 422),
        (resources.clone(), on("x", "key_vault"), 422),
        (resources.clone(), "{}".into(), 422),
        (
            format!("/v3/labels/{NOBODY}/resources"),
            on(id(&vault), "key_vault"),
            404,
        ),
    ] {
        fixture.check("POST", &path, &body, status, json!({})).await;
    }
    fixture.check("DELETE", &vault, "", 200, json!({})).await;
    let ending = on(id(&vault), "key_vault");
    fixture.check("POST", &resources, &ending, 409, json!({})).await;
    fixture.check("GET", &resources, "", 200, json!([])).await;
}
