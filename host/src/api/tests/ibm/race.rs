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
