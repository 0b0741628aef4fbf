use std::sync::Arc;

use async_trait::async_trait;

use super::{Daemon, sys};
use crate::auth::Auth;
use crate::hsm::{AuditLog, ErrorKind, Hsm, HsmError, HsmInfo, Keys};

/// A device that is away.
struct Away;

impl AuditLog for Away {}

impl Keys for Away {}

#[async_trait]
impl Hsm for Away {
    async fn info(&self) -> Result<HsmInfo, HsmError> {
        Err(HsmError::new(ErrorKind::Transient, "away"))
    }
}

#[tokio::test]
async fn health_needs_no_token() {
    let daemon = Daemon::new().await;
    for method in ["GET", "HEAD"] {
        let (status, body) = daemon.ask("", method, "sys/health", "").await;
        assert_eq!(
            (status, &body["sealed"], &body["initialized"]),
            (200, &false.into(), &true.into())
        );
        assert!(body["version"].as_str().unwrap().starts_with("2.0.0"));
        assert!(body["cluster_id"].as_str().unwrap().parse::<uuid::Uuid>().is_ok());
    }
    assert_eq!(
        daemon
            .ask("", "GET", "sys/health?activecode=299&standbyok=true", "")
            .await
            .0,
        299
    );
    for bad in ["x", "", "99", "100", "600", "-1", "99999"] {
        assert_eq!(
            daemon
                .ask("", "GET", &format!("sys/health?activecode={bad}"), "")
                .await
                .0,
            400,
            "{bad}"
        );
    }
    assert_eq!(daemon.ask("", "POST", "sys/health", "").await.0, 405);
}

#[tokio::test]
async fn a_device_that_is_away_counts_as_sealed() {
    let mut daemon = Daemon::new().await;
    let auth = Auth::open(
        daemon.bench.store.clone(),
        Arc::new(Away),
        daemon.bench.clock.clone(),
    )
    .unwrap();
    daemon.sys = sys(&auth, &daemon.bench, Arc::new(Away));
    let (status, body) = daemon.ask("", "GET", "sys/health", "").await;
    assert_eq!((status, &body["sealed"]), (503, &true.into()));
    assert_eq!(
        daemon
            .ask("", "GET", "sys/health?sealedcode=200&activecode=299", "")
            .await
            .0,
        200
    );
    let (status, body) = daemon.ask("", "GET", "sys/seal-status", "").await;
    assert_eq!((status, &body["sealed"]), (200, &true.into()));
    assert!(body.get("cluster_id").is_none());
    let (status, body) = daemon.as_root("POST", "auth/token/create", "").await;
    assert_eq!(
        (status, body["errors"][0].as_str()),
        (500, Some("internal error")),
        "no random bytes"
    );
}

#[tokio::test]
async fn seal_status_stands_outside_the_envelope() {
    let daemon = Daemon::new().await;
    let (status, body) = daemon.ask("", "GET", "sys/seal-status", "").await;
    assert_eq!(
        (status, &body["sealed"], &body["t"]),
        (200, &false.into(), &1.into())
    );
    assert!(body.get("request_id").is_none());
    let version = body["version"]
        .as_str()
        .unwrap()
        .split(['.', '+'])
        .map(str::to_owned);
    let numbers: Vec<u64> = version.take(3).map(|part| part.parse().unwrap()).collect();
    assert!(numbers >= vec![2, 0, 0]);
    let (status, body) = daemon.ask("", "GET", "sys/init", "").await;
    assert_eq!((status, body), (200, serde_json::json!({"initialized": true})));
}
