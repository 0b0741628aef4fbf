mod hostile;
mod policies;
mod status;
mod tokens;

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt;
use serde_json::Value;

use super::{Sys, handle};
use crate::auth::Auth;
use crate::auth::testing::{Bench, RandomOnly, name, wanted};
use crate::engine::seal::Sealing;
use crate::hsm::Hsm;

/// The routes over a bench's store and this device.
fn sys(auth: &Auth, bench: &Bench, hsm: Arc<dyn Hsm>) -> Sys {
    let sealing = Sealing::open(bench.store.clone(), hsm.clone()).unwrap();
    Sys::new(auth.clone(), hsm, sealing)
}

/// The routes over a store of their own.
struct Daemon {
    bench: Bench,
    sys: Sys,
}

impl Daemon {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let sys = sys(&bench.auth, &bench, Arc::new(RandomOnly));
        Self { bench, sys }
    }

    /// Status and body; null where there is none.
    async fn ask(&self, token: &str, method: &str, route: &str, body: &str) -> (u16, Value) {
        let request = hyper::Request::builder()
            .method(method)
            .uri(format!("/v1/{route}"))
            .header("x-vault-token", token)
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .unwrap();
        let route = route.split('?').next().unwrap();
        let (head, body) = handle(&self.sys, &request, route).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        assert_eq!(head.headers["cache-control"], "no-store");
        if body.is_empty() {
            return (head.status.as_u16(), Value::Null);
        }
        assert_eq!(head.headers["content-type"], "application/json");
        (head.status.as_u16(), serde_json::from_slice(&body).unwrap())
    }

    async fn as_root(&self, method: &str, route: &str, body: &str) -> (u16, Value) {
        self.ask(&self.bench.root, method, route, body).await
    }

    /// A token with one policy of its own, which is given here.
    async fn token(&self, policy: &str) -> String {
        let title = name(&format!("p{}", self.bench.auth.policies().len()));
        self.bench
            .auth
            .put_policy(title.clone(), policy.into())
            .await
            .unwrap();
        let created = self.bench.child(&self.bench.root, wanted(title.as_str())).await;
        created.token.reveal().to_owned()
    }
}

fn error(body: &Value) -> &str {
    body["errors"][0].as_str().unwrap_or("")
}
