//! Rotation, locking and deletion by 32 clients at once.

use super::Ibm;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const CLIENTS: usize = 32;
const STEPS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rules_hold_under_a_race() {
    let ibm = Arc::new(Ibm::new().await);
    let id = ibm.arbitrary("raced").await;
    let rotations = Arc::new(AtomicU32::new(0));
    let clients = (0..CLIENTS).map(|client| {
        let (ibm, id, rotations) = (ibm.clone(), id.clone(), rotations.clone());
        tokio::spawn(async move {
            for step in 0..STEPS {
                one_step(&ibm, &id, client, step, &rotations).await;
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    let secret = format!("ibmcloud/arbitrary/secrets/{id}");
    let metadata = ibm.check("GET", &secret, &Value::Null, 200).await;
    let total = 1 + rotations.load(Ordering::SeqCst);
    assert_eq!(metadata["versions_total"], json!(total.min(50)));
    let locks = format!("ibmcloud/arbitrary/locks/{id}");
    for version in ["/versions/previous", ""] {
        ibm.ask(
            "POST",
            &format!("{locks}{version}/unlock"),
            &json!({"locks": ["*"]}),
        )
        .await;
    }
    ibm.check("DELETE", &secret, &Value::Null, 200).await;
}

/// Each client holds a lock of its own while it looks: as long as it does, the version that it locked has its value.
async fn one_step(ibm: &Ibm, id: &str, client: usize, step: usize, rotations: &AtomicU32) {
    let (secret, locks) = (
        format!("ibmcloud/arbitrary/secrets/{id}"),
        format!("ibmcloud/arbitrary/locks/{id}"),
    );
    let body = json!({"payload": format!("{client}-{step}")});
    match (client + step) % 3 {
        0 => match ibm.ask("POST", &format!("{secret}/rotate"), &body).await.status {
            200 => drop(rotations.fetch_add(1, Ordering::SeqCst)),
            status => assert_eq!(status, 412),
        },
        1 => {
            let name = format!("client-{client}");
            let lock = json!({"locks": [{"name": name}]});
            let locked = ibm.check("POST", &format!("{locks}/lock"), &lock, 200).await;
            let version = locked["versions"][0]["id"].as_str().unwrap();
            let read = ibm
                .check("GET", &format!("{secret}/versions/{version}"), &Value::Null, 200)
                .await;
            assert!(
                read["secret_data"]["payload"].is_string(),
                "a locked version lost its value: {read}"
            );
            let refused = ibm.ask("DELETE", &secret, &Value::Null).await;
            assert_eq!(refused.status, 412);
            let unlock = format!("{locks}/versions/{version}/unlock");
            ibm.check("POST", &unlock, &json!({"locks": [name]}), 200).await;
        }
        _ => {
            let list = ibm
                .check("GET", &format!("{secret}/versions"), &Value::Null, 200)
                .await;
            let versions = list["versions"].as_array().unwrap();
            let available = versions
                .iter()
                .filter(|version| version["payload_available"] == true)
                .count();
            assert!((1..=2).contains(&available), "{list}");
        }
    }
}

/// A client that sees its lock acknowledged can rely on the secret until it lets go; one deletion succeeds, and only
/// between locks.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deletion_waits_for_every_lock() {
    let ibm = Arc::new(Ibm::new().await);
    for round in 0..4 {
        let id = ibm.arbitrary(&format!("doomed-{round}")).await;
        let deletions = Arc::new(AtomicU32::new(0));
        let clients = (0..CLIENTS).map(|client| {
            let (ibm, id, deletions) = (ibm.clone(), id.clone(), deletions.clone());
            tokio::spawn(async move {
                let steps = if client == 0 { 200 } else { STEPS };
                for _ in 0..steps {
                    match client % 4 {
                        0 => delete(&ibm, &id, &deletions).await,
                        1 => rotate(&ibm, &id).await,
                        _ => hold(&ibm, &id, client).await,
                    }
                }
            })
        });
        for client in clients.collect::<Vec<_>>() {
            client.await.unwrap();
        }
        delete(&ibm, &id, &deletions).await;
        assert_eq!(deletions.load(Ordering::SeqCst), 1);
        ibm.arbitrary(&format!("doomed-{round}")).await;
    }
}

async fn delete(ibm: &Ibm, id: &str, deletions: &AtomicU32) {
    let secret = format!("ibmcloud/arbitrary/secrets/{id}");
    match ibm.ask("DELETE", &secret, &Value::Null).await.status {
        200 => drop(deletions.fetch_add(1, Ordering::SeqCst)),
        status => assert!([404, 412].contains(&status), "{status}"),
    }
}

async fn rotate(ibm: &Ibm, id: &str) {
    let path = format!("ibmcloud/arbitrary/secrets/{id}/rotate");
    let status = ibm.ask("POST", &path, &json!({"payload": "new"})).await.status;
    assert!([200, 404, 412].contains(&status), "{status}");
}

async fn hold(ibm: &Ibm, id: &str, client: usize) {
    let (secret, locks) = (
        format!("ibmcloud/arbitrary/secrets/{id}"),
        format!("ibmcloud/arbitrary/locks/{id}"),
    );
    let name = format!("client-{client}");
    let lock = json!({"locks": [{"name": name}]});
    let locked = ibm.ask("POST", &format!("{locks}/lock"), &lock).await;
    if locked.status == 404 {
        return;
    }
    assert_eq!(locked.status, 200, "{locked:?}");
    ibm.check("GET", &secret, &Value::Null, 200).await;
    let version = locked.body["data"]["versions"][0]["id"].as_str().unwrap();
    let unlock = format!("{locks}/versions/{version}/unlock");
    ibm.check("POST", &unlock, &json!({"locks": [name]}), 200).await;
}
