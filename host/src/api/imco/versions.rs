//! Versions of secrets, and their values.

use super::body::{self, NewSecretVersion};
use super::fault::{Common, Invalid, Refusal};
use super::show::{SecretVersion, created, ok};
use super::{Answer, Call};
use crate::api::vault::octets;
use crate::auth::Capability;
use crate::engine::vaults::{SecretId, VersionId};

/// List the versions of a secret
#[utoipa::path(
    get,
    path = "/v3/secret/secrets/{secret_id}/versions",
    tag = "Secret versions",
    params(("secret_id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    responses((status = 200, description = "All of them, oldest first", body = [SecretVersion]), Common)
)]
pub(super) fn list_secret_versions(call: &Call<'_>, secret: SecretId) -> Answer {
    call.may_with_secret(Capability::List, secret, "/versions")?;
    let secret = call.app.engine.vault_secret(secret)?;
    let versions = call.app.engine.vault_versions(&secret)?;
    let shown: Vec<_> = versions.iter().map(SecretVersion::of).collect();
    Ok(ok(&shown))
}

/// Create a version of a secret
#[utoipa::path(
    post,
    path = "/v3/secret/secrets/{secret_id}/versions",
    tag = "Secret versions",
    params(("secret_id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    request_body = NewSecretVersion,
    responses(
        (status = 201, description = "The version", body = SecretVersion),
        (status = 400, description = "The body can't be read", body = Refusal),
        (status = 409, description = "The secret is ending, or its key vault not active", body = Refusal),
        (status = 422, description = "A field is wrong", body = Invalid),
        Common
    )
)]
pub(super) async fn create_secret_version(call: &Call<'_>, secret: SecretId) -> Answer {
    call.may_with_secret(Capability::Create, secret, "/versions")?;
    let new: NewSecretVersion<'_> = body::parse(call.request.body())?;
    let content = new.content(call.app)?;
    let engine = call.app.engine.clone();
    let add = async move { engine.add_vault_version(secret, content).await };
    Ok(created(&SecretVersion::of(&call.finished(add).await?)))
}

/// Show a version of a secret
///
/// To a host's certificate this is its value, as without `/v3`.
#[utoipa::path(
    get,
    path = "/v3/secret/secret_versions/{id}",
    tag = "Secret versions",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    responses((status = 200, description = "The version", content(
        (SecretVersion = "application/json"),
        (String = "application/octet-stream"),
    )), Common)
)]
pub(super) async fn show_secret_version(call: &Call<'_>, id: VersionId) -> Answer {
    if call.visitor.is_host {
        return download_secret_version(call, id).await;
    }
    call.may_with_version(id, "")?;
    Ok(ok(&SecretVersion::of(&call.app.engine.vault_version(id)?)))
}

/// Download the value of a version
#[utoipa::path(
    get,
    path = "/secret/secret_versions/{id}",
    tag = "Secret versions",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    responses(
        (status = 200, description = "Its bytes", body = String, content_type = "application/octet-stream"),
        Common
    )
)]
pub(super) async fn download_secret_version(call: &Call<'_>, id: VersionId) -> Answer {
    call.may_with_version(id, "/content")?;
    Ok(octets(call.app.engine.vault_content(id).await?.content))
}
