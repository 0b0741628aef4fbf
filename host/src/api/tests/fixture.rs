use crate::api::app::App;
use crate::api::ibm::Ibm;
use crate::api::imco::Imco;
use crate::api::router;
use crate::api::sys::Sys;
use crate::api::vault::Request;
use crate::auth::Auth;
use crate::auth::iam::Iam;
use crate::auth::iam::provider::Provider;
use crate::config::{IbmSettings, ImcoSettings};
use crate::engine::seal::Sealing;
use crate::engine::secret::Patching;
use crate::engine::testing::Bench;
use crate::pki::Authority;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::HeaderMap;
use serde_json::Value;
use std::sync::{Arc, Mutex, OnceLock};

/// The APIs of one daemon, asked in memory.
pub(super) struct Fixture {
    pub(super) app: Arc<App>,
    pub(super) bench: Bench,
    pub(super) token: String,
    settings: IbmSettings,
}

fn app(bench: &Bench, auth: Auth, patching: Patching, settings: &IbmSettings) -> App {
    let (issuers, grants) = (settings.issuers.clone(), settings.grants.clone());
    let iam = Iam::open(bench.store.clone(), auth.clone(), issuers, grants).unwrap();
    let provider = settings.provider(([127, 0, 0, 1], 8200).into());
    let provider = Arc::new(Provider::new(bench.store.clone(), bench.engine.clone(), provider));
    let iam = iam.and_own(provider.clone());
    let issuers = settings.credential_issuers(provider.clone(), auth.clone());
    let authority = Authority::open(bench.engine.clone(), bench.store.clone()).unwrap();
    App {
        engine: bench.engine.clone(),
        authority: Arc::new(authority),
        sys: Sys::new(
            auth.clone(),
            bench.hsm.clone(),
            Sealing::open(bench.store.clone(), bench.hsm.clone()).unwrap(),
        ),
        ibm: Ibm::new(iam, issuers, settings, ([127, 0, 0, 1], 8200).into()),
        imco: Imco::new(ImcoSettings::default()),
        identity: provider,
        auth,
        max_value: 65_536,
        patching,
        started: OnceLock::from(bench.collection.id()),
    }
}

/// An answer, taken apart.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// Null where it is no JSON.
    pub(super) body: Value,
    pub(super) bytes: Bytes,
}

impl Fixture {
    pub(super) async fn new() -> Self {
        Self::patching(Patching::KeepsVersion).await
    }

    pub(super) async fn patching(patching: Patching) -> Self {
        Self::with(patching, IbmSettings::default()).await
    }

    pub(super) async fn with(patching: Patching, settings: IbmSettings) -> Self {
        let bench = Bench::new().await;
        let auth = Auth::open(bench.store.clone(), bench.hsm.clone(), bench.clock.clone()).unwrap();
        let token = Mutex::new(String::new());
        let keep = |made: &crate::auth::Token| {
            token.lock().unwrap().push_str(made.reveal());
            Ok(())
        };
        auth.ensure_root(keep).await.unwrap();
        let app = app(&bench, auth, patching, &settings);
        Self {
            app: Arc::new(app),
            bench,
            token: token.into_inner().unwrap(),
            settings,
        }
    }

    /// Opens everything anew on what the store holds.
    pub(super) fn restart(&mut self) {
        self.bench.restart();
        let bench = &self.bench;
        let auth = Auth::open(bench.store.clone(), bench.hsm.clone(), bench.clock.clone()).unwrap();
        self.app = Arc::new(app(bench, auth, self.app.patching, &self.settings));
    }

    /// `/api/<domain>/v1/secret/` and what follows.
    pub(super) fn url(&self, rest: &str) -> String {
        format!("/api/{}/v1/secret/{rest}", self.bench.collection.id())
    }

    /// Asks with the root token. `rest` follows `…/secret/`, or is a whole path when it starts with a slash.
    pub(super) async fn ask(&self, method: &str, rest: &str, body: &str) -> Answer {
        self.ask_with(method, rest, body, &[("x-vault-token", &self.token)])
            .await
    }

    pub(super) async fn ask_with(
        &self,
        method: &str,
        rest: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let path = if rest.starts_with('/') {
            rest.to_owned()
        } else {
            self.url(rest)
        };
        let mut request = Request::new(Bytes::copy_from_slice(body.as_bytes()));
        *request.method_mut() = method.parse().unwrap();
        *request.uri_mut() = path.parse().unwrap();
        for (name, value) in headers {
            let name: hyper::header::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let (head, body) = router::answer(&self.app, &request).await.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let raw = head.headers.get("content-type");
        let body = match raw.is_some_and(|kind| kind == "application/json") {
            true => serde_json::from_slice(&bytes).unwrap(),
            false => Value::Null,
        };
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
            bytes,
        }
    }

    /// Asks, and checks status and body: every member of `expected` must be in the body and alike.
    pub(super) async fn check(&self, method: &str, rest: &str, body: &str, status: u16, expected: Value) {
        let answer = self.ask(method, rest, body).await;
        let asked = format!("{method} {rest} {body:.100}\n{answer:#?}");
        assert_eq!(answer.status, status, "{asked}");
        assert!(contains(&answer.body, &expected), "expected {expected}\n{asked}");
        let is_json = answer
            .headers
            .get("content-type")
            .is_some_and(|kind| kind == "application/json");
        assert_eq!(is_json, answer.body != Value::Null, "{asked}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{asked}");
    }
}

/// Whether `whole` has all that `part` has.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(key, part)| whole.get(key).is_some_and(|whole| contains(whole, part))),
        (whole, part) => whole == part,
    }
}
