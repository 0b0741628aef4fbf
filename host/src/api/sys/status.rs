//! How the daemon is: routes that need no token.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Fault, Open, Sys};
use crate::api::vault::{Request, Response, json, query_pairs};
use crate::engine::clock::{Clock, SystemClock};
use crate::hsm::HsmInfo;

/// The Vault release whose interface this is, with our own version behind it. Terraform wants at least 2.0.0 here
/// before it uses `replicate`.
const VERSION: &str = concat!("2.0.0+casemate.", env!("CARGO_PKG_VERSION"));

pub(super) async fn answer(sys: &Sys, request: &Request, route: Open) -> Result<Response, Fault> {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return Err(Fault::Unsupported(None));
    }
    if route == Open::Init {
        return Ok(respond(StatusCode::OK, &json!({"initialized": true})));
    }
    match route {
        Open::Health => health(request, device(sys).await),
        _ => seal_status_answer(sys).await,
    }
}

/// What `sys/seal-status` answers.
pub(super) async fn seal_status_answer(sys: &Sys) -> Result<Response, Fault> {
    Ok(respond(StatusCode::OK, &seal_status(device(sys).await)))
}

/// The device, if it serves and we do.
async fn device(sys: &Sys) -> Option<HsmInfo> {
    let info = sys.hsm.info().await.ok();
    info.filter(|info| info.ready && !sys.is_sealed())
}

fn health(request: &Request, device: Option<HsmInfo>) -> Result<Response, Fault> {
    let (parameter, usual) = match device {
        Some(_) => ("activecode", StatusCode::OK),
        None => ("sealedcode", StatusCode::SERVICE_UNAVAILABLE),
    };
    let wished = query_pairs(request.uri()).find(|(name, _)| name == parameter);
    let status = wished.map_or(Ok(usual), |(_, code)| status_code(&code))?;
    let mut body = json!({
        "initialized": true,
        "sealed": device.is_none(),
        "standby": false,
        "performance_standby": false,
        "replication_performance_mode": "disabled",
        "replication_dr_mode": "disabled",
        "server_time_utc": SystemClock.now().as_nanos() / 1_000_000_000,
        "version": VERSION,
    });
    add_cluster(&mut body, device);
    Ok(respond(status, &body))
}

fn status_code(text: &str) -> Result<StatusCode, Fault> {
    let code = text.parse().ok().filter(|code| (200..600).contains(code));
    let code = code.and_then(|code| StatusCode::from_u16(code).ok());
    code.ok_or_else(|| Fault::bad("bad status code format; give a number from 200 to 599"))
}

fn seal_status(device: Option<HsmInfo>) -> Value {
    let mut body = json!({
        "type": "casemate",
        "initialized": true,
        "sealed": device.is_none(),
        "t": 1,
        "n": 1,
        "progress": 0,
        "nonce": "",
        "version": VERSION,
        "build_date": "",
        "migration": false,
        "recovery_seal": false,
        "storage_type": "redb",
    });
    add_cluster(&mut body, device);
    body
}

/// The cluster is named after the device; nothing while that is away, as Vault names none while sealed.
fn add_cluster(body: &mut Value, device: Option<HsmInfo>) {
    let Some(device) = device else { return };
    let digest = Sha256::digest(device.id.as_bytes());
    let Some(half) = digest.first_chunk() else { return };
    let id = uuid::Builder::from_random_bytes(*half).into_uuid();
    body["cluster_name"] = "casemate".into();
    body["cluster_id"] = id.to_string().into();
}

fn respond(status: StatusCode, body: &Value) -> Response {
    json(status, body.to_string().into_bytes())
}
