//! Client certificates: `sys/ca`, an API of our own, used by `casemate ca`.

mod body;

use super::app::App;
use super::okms::fault::Fault;
use super::vault::{self, Action, Request, Response};
use crate::auth::Capability;
use crate::engine::EngineError;
use crate::pki::{Issued, PkiError, Serial};
use serde_json::{Map, Value, json};
use tracing::error;

/// Answers what follows `sys/ca` in a raw path.
pub(super) async fn answer(app: &App, request: &Request, rest: &str) -> Result<Response, Fault> {
    let rest = rest.trim_matches('/');
    match (Action::of(request)?, rest) {
        // Public: it is what clients check the server with.
        (Action::Read, "") => certificate(app),
        (Action::Write, "issue") => issue(app, request).await,
        (Action::Write, "revoke") => revoke(app, request).await,
        (Action::List, "certificates") => {
            may(app, request, Capability::List, "sys/ca/certificates/").await?;
            Ok(list(app))
        }
        (_, "" | "issue" | "revoke" | "certificates") => Err(Fault::no_method()),
        (Action::Read, rest) => match rest.strip_prefix("certificates/") {
            Some(serial) => show(app, request, serial).await,
            None => Err(Fault::no_route()),
        },
        _ => Err(Fault::no_route()),
    }
}

/// Whoever asks need not be known, so nothing is made for them.
fn certificate(app: &App) -> Result<Response, Fault> {
    let certificate = app.authority.existing_certificate()?.ok_or_else(|| {
        Fault::missing("there is no authority yet: it is made with its first certificate, or to serve HTTPS")
    })?;
    Ok(data(&json!({"certificate": certificate})))
}

async fn issue(app: &App, request: &Request) -> Result<Response, Fault> {
    may(app, request, Capability::Update, "sys/ca/issue").await?;
    let new = body::new_certificate(request.body())?;
    let authority = app.authority.clone();
    let issue = async move {
        let (issued, certificate) = authority.issue(new).await?;
        Ok::<_, PkiError>((issued, certificate, authority.certificate().await?))
    };
    let (issued, certificate, chain) = app.detached(issue).await?;
    let mut shown = object(&issued);
    shown["certificate"] = certificate.into();
    shown["issuing_ca"] = chain.into();
    Ok(data(&shown))
}

async fn revoke(app: &App, request: &Request) -> Result<Response, Fault> {
    may(app, request, Capability::Update, "sys/ca/revoke").await?;
    let serial = body::serial(request.body())?;
    let authority = app.authority.clone();
    let revoked = app
        .detached(async move { authority.revoke(serial).await })
        .await?;
    Ok(data(&object(&revoked)))
}

async fn show(app: &App, request: &Request, serial: &str) -> Result<Response, Fault> {
    let serial: Serial = serial.parse()?;
    may(
        app,
        request,
        Capability::Read,
        &format!("sys/ca/certificates/{serial}"),
    )
    .await?;
    let issued = app.authority.find(serial).ok_or(PkiError::NotFound)?;
    Ok(data(&object(&issued)))
}

fn list(app: &App) -> Response {
    let all = app.authority.all();
    let serials: Vec<_> = all.iter().map(|issued| issued.serial.to_string()).collect();
    let info: Map<String, Value> = all
        .iter()
        .map(|issued| (issued.serial.to_string(), object(issued)))
        .collect();
    data(&json!({"keys": serials, "key_info": info}))
}

fn object(issued: &Issued) -> Value {
    json!({
        "serial_number": issued.serial.to_string(),
        "name": issued.name,
        "holder": issued.holder,
        "policies": issued.policies,
        "expiration": issued.expires.to_string(),
        "created_time": issued.created.to_string(),
        "revocation_time": issued.revoked.map(|time| time.to_string()),
    })
}

fn data(value: &Value) -> Response {
    vault::data(value.to_string().as_bytes())
}

async fn may(app: &App, request: &Request, capability: Capability, path: &str) -> Result<(), Fault> {
    app.caller(request).await?.may(capability, path)
}

impl From<PkiError> for Fault {
    fn from(error: PkiError) -> Self {
        match error {
            PkiError::Engine(error) => error.into(),
            PkiError::Store(error) => EngineError::Store(error).into(),
            PkiError::NotFound => Self::missing(
                "no certificate with this serial number was issued here; `casemate ca list` shows those that were",
            ),
            PkiError::Invalid(text) => Self::bad_request(text),
            PkiError::Damaged(_) => {
                error!(%error, "the certificate authority failed a request");
                Self::internal()
            }
        }
    }
}
