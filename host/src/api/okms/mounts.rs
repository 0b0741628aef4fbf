//! What Vault's command line and external-secrets ask before anything else: which engine is behind a path?

use super::fault::Fault;
use crate::api::app::App;
use crate::api::vault::{self, Request, Response};

const MOUNT: &str = r#""path":"secret/","type":"kv","description":"secrets, sealed by the device","accessor":"kv_okms","uuid":"","config":{"default_lease_ttl":0,"force_no_cache":false,"max_lease_ttl":0},"external_entropy_access":false,"local":false,"options":{"version":"2"},"seal_wrap":false"#;

/// Answers `sys/internal/ui/mounts` and what follows it. Any known token may ask.
pub(in crate::api) async fn answer(app: &App, request: &Request, rest: &str) -> Result<Response, Fault> {
    if request.method() != hyper::Method::GET {
        return Err(Fault::no_method());
    }
    app.caller(request).await?;
    let mount = rest.trim_matches('/');
    match mount.split_once('/').map_or(mount, |(first, _)| first) {
        "" => Ok(vault::data(
            format!(r#"{{"auth":{{}},"secret":{{"secret/":{{{MOUNT}}}}}}}"#).as_bytes(),
        )),
        "secret" => Ok(vault::data(format!("{{{MOUNT}}}").as_bytes())),
        // As Vault: it does not tell a mount that is not there from one that is not allowed.
        "ibmcloud" if mount == "ibmcloud/kv" || mount.starts_with("ibmcloud/kv/") => {
            let mount = MOUNT
                .replacen("secret/", "ibmcloud/kv/", 1)
                .replace("kv_okms", "kv_ibm");
            Ok(vault::data(format!("{{{mount}}}").as_bytes()))
        }
        _ => Err(Fault::forbidden()),
    }
}
