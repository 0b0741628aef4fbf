use super::body::Body;
use super::route::Route;
use super::{Action, Call};
use crate::api::app::App;
use crate::api::vault::Fault;
use crate::api::vault::{self, Envelope, Request, Response, no_content};
use crate::auth::iam::LoginError;
use crate::auth::{Capability, Created};
use crate::engine::span::Span;
use hyper::StatusCode;
use serde_json::json;
use sha2::{Digest, Sha256};
use tracing::{error, warn};
use zeroize::Zeroizing;

/// Exchanges an IAM token for a token of ours.
pub(super) async fn login(app: &App, request: &Request) -> Result<Response, Fault> {
    if Action::of(request)? != Action::Write {
        return Err(Fault::no_method().allowing("POST, PUT"));
    }
    let token = Body::parse(request.body())?.required_secret("token")?;
    let instance = app.ibm.instance(&app.engine).await?;
    let created = app.ibm.iam.login(&token, app.ibm.crn(instance.id())).await?;
    Ok(respond(&created))
}

fn respond(created: &Created) -> Response {
    let record = &created.record;
    let auth = json!({
        "client_token": created.token.reveal(),
        "accessor": record.accessor.as_str(),
        "policies": record.policies,
        "token_policies": record.policies,
        "metadata": record.meta,
        "lease_duration": record.creation_ttl.as_nanos() / 1_000_000_000,
        "renewable": record.renewable,
        "entity_id": entity_id(record.meta.get("user").map_or("", String::as_str)),
        "token_type": "service",
        "orphan": record.is_orphan(),
    });
    let auth = Zeroizing::new(auth.to_string());
    Envelope::new().auth(auth.as_bytes()).respond(StatusCode::OK)
}

/// The same for every login of the same holder.
fn entity_id(user: &str) -> String {
    let digest = Sha256::digest(user);
    let half = digest.first_chunk().copied().unwrap_or_default();
    uuid::Builder::from_random_bytes(half).into_uuid().to_string()
}

impl Call<'_> {
    pub(super) fn read_login_config(&self, route: &Route) -> Result<Response, Fault> {
        self.authorise(&[Capability::Read], &route.policy_path())?;
        let ttl = self.app.ibm.iam.ttl();
        let login = json!({
            "login": {"token_max_ttl": ttl.max_ttl.to_string(), "token_ttl": ttl.ttl.to_string()}
        });
        Ok(vault::data(login.to_string().as_bytes()))
    }

    pub(super) async fn write_login_config(&self, route: &Route) -> Result<Response, Fault> {
        self.authorise(&[Capability::Update], &route.policy_path())?;
        let body = Body::parse(self.request.body())?;
        let (ttl, max_ttl) = (span(&body, "token_ttl")?, span(&body, "token_max_ttl")?);
        self.app.ibm.iam.set_ttl(ttl, max_ttl).await?;
        Ok(no_content())
    }
}

fn span(body: &Body<'_>, name: &str) -> Result<Option<Span>, Fault> {
    let span = match body.value(name)? {
        None => return Ok(None),
        Some(serde_json::Value::String(text)) => text.parse().ok(),
        Some(number) => number.as_i64().map(Span::from_secs),
    };
    let expected = "a duration such as 300s, 90m or 2h45m";
    span.map(Some).ok_or_else(|| super::body::invalid(name, expected))
}

impl From<LoginError> for Fault {
    fn from(cause: LoginError) -> Self {
        let text = cause.to_string();
        match cause {
            LoginError::Claims(_) | LoginError::Issuer | LoginError::Key | LoginError::Verification(_) => {
                warn!(%text, "refused a login");
                Self::bad_request(text)
            }
            LoginError::Account | LoginError::Deleted | LoginError::NoRole => {
                warn!(%text, "refused a login");
                Self::new(StatusCode::FORBIDDEN, text)
            }
            LoginError::Source(_) => {
                error!(%text, "can't check a login");
                let text = "the issuer's keys can't be had now; the daemon's log says more";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, text)
            }
            LoginError::Provider(error) => error.into(),
            LoginError::Token(error) => error.into(),
        }
    }
}
