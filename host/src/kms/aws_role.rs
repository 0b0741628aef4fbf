//! The credentials of the role of the machine that the daemon runs on, from its metadata service in version 2 (Amazon EC2
//! User Guide, "Use the Instance Metadata Service").

use super::Credentials;
use crate::http;
use hyper::Method;
use serde::Deserialize;
use std::env;
use std::time::Duration;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const ENDPOINT: &str = "http://169.254.169.254";
const ROLES: &str = "latest/meta-data/iam/security-credentials";
/// It answers at once or is not there.
const PATIENCE: Duration = Duration::from_secs(2);
const MAX_ANSWER: usize = 64 * 1024;

#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(rename_all = "PascalCase")]
struct Role {
    access_key_id: String,
    secret_access_key: String,
    token: String,
}

/// What the machine's role has; nothing where there is no such service, or it is switched off.
pub(super) async fn read() -> Credentials {
    let mut found = Credentials::default();
    let off = env::var("AWS_EC2_METADATA_DISABLED").is_ok_and(|value| value.eq_ignore_ascii_case("true"));
    let role = if off { None } else { role().await };
    if let Some(role) = role {
        found.set("access_key", &role.access_key_id);
        found.set("secret_key", &role.secret_access_key);
        found.set("session_token", &role.token);
    }
    found
}

async fn role() -> Option<Role> {
    let base = env::var("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or_else(|_| ENDPOINT.into());
    let base = base.trim_end_matches('/');
    let lifetime = ("x-aws-ec2-metadata-token-ttl-seconds", "60");
    let token = ask(Method::PUT, &format!("{base}/latest/api/token"), lifetime).await?;
    let token = ("x-aws-ec2-metadata-token", token.as_str());
    let roles = ask(Method::GET, &format!("{base}/{ROLES}/"), token).await?;
    let name = roles.lines().next()?;
    let role = ask(Method::GET, &format!("{base}/{ROLES}/{name}"), token).await?;
    serde_json::from_str(&role).ok()
}

async fn ask(method: Method, url: &str, (name, value): (&str, &str)) -> Option<Zeroizing<String>> {
    let request = hyper::Request::builder()
        .method(method)
        .uri(url)
        .header(name, value);
    let request = request.body(http::body("")).ok()?;
    let (status, body) = http::send(request, MAX_ANSWER, PATIENCE).await.ok()?;
    let text = std::str::from_utf8(&body).ok().filter(|_| status.is_success())?;
    Some(Zeroizing::new(text.to_owned()))
}
