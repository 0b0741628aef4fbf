//! Secrets of key vaults.

use super::body::{self, NewSecret, Rename, Retry};
use super::fault::{Common, Invalid, Refusal};
use super::show::{Secret, created, ok};
use super::{Answer, Call, Fault};
use crate::auth::Capability;
use crate::engine::vaults::{NewVaultSecret, SecretId, SecretState, VaultError, VaultId};
use hyper::StatusCode;

/// List the secrets of a key vault
#[utoipa::path(
    get,
    path = "/v3/secret/key_vaults/{key_vault_id}/secrets",
    tag = "Secrets",
    params(("key_vault_id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    responses((status = 200, description = "All that have not ended, oldest first", body = [Secret]), Common)
)]
pub(super) fn list_secrets(call: &Call<'_>, vault: VaultId) -> Answer {
    call.may(Capability::List, &format!("imco/key_vaults/{vault}/secrets"))?;
    let vault = call.app.engine.vault(vault)?;
    let secrets = call.app.engine.vault_secrets(vault.id)?;
    let shown: Vec<_> = secrets.iter().map(Secret::of).collect();
    Ok(ok(&shown))
}

/// Create a secret
///
/// Where the device does not take the value, the secret stays as `stalled` and the value is not kept.
#[utoipa::path(
    post,
    path = "/v3/secret/key_vaults/{key_vault_id}/secrets",
    tag = "Secrets",
    params(("key_vault_id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    request_body = NewSecret,
    responses(
        (status = 201, description = "The secret", body = Secret),
        (status = 400, description = "The body can't be read", body = Refusal),
        (status = 409, description = "The key vault is not active", body = Refusal),
        (status = 422, description = "A field is wrong", body = Invalid),
        Common
    )
)]
pub(super) async fn create_secret(call: &Call<'_>, vault: VaultId) -> Answer {
    call.may(Capability::Create, &format!("imco/key_vaults/{vault}/secrets"))?;
    let new: NewSecret<'_> = body::parse(call.request.body())?;
    let new = NewVaultSecret {
        content: new.content(call.app)?,
        remote_id: new.remote_id()?,
        name: body::name(new.name)?,
        labels: call.labels(new.label_ids)?,
    };
    let engine = call.app.engine.clone();
    let create = async move { engine.create_vault_secret(vault, new).await };
    Ok(created(&Secret::of(&call.finished(create).await?)))
}

/// Show a secret
///
/// One that has ended is shown for a day.
#[utoipa::path(
    get,
    path = "/v3/secret/secrets/{id}",
    tag = "Secrets",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    responses((status = 200, description = "The secret", body = Secret), Common)
)]
pub(super) fn show_secret(call: &Call<'_>, id: SecretId) -> Answer {
    call.may_with_secret(Capability::Read, id, "")?;
    Ok(ok(&Secret::of(&call.app.engine.vault_secret(id)?)))
}

/// Rename a secret
#[utoipa::path(
    put,
    path = "/v3/secret/secrets/{id}",
    tag = "Secrets",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    request_body = Option<Rename>,
    responses(
        (status = 200, description = "The secret", body = Secret),
        (status = 400, description = "The body can't be read", body = Refusal),
        (status = 409, description = "It is ending", body = Refusal),
        (status = 422, description = "A field is wrong", body = Invalid),
        Common
    )
)]
pub(super) async fn update_secret(call: &Call<'_>, id: SecretId) -> Answer {
    call.may_with_secret(Capability::Update, id, "")?;
    let rename: Rename = body::parse(call.request.body())?;
    let engine = call.app.engine.clone();
    let secret = match rename.name {
        None => engine.vault_secret(id)?,
        name => {
            let name = body::name(name)?;
            let rename = async move { engine.rename_vault_secret(id, name).await };
            call.finished(rename).await?
        }
    };
    Ok(ok(&Secret::of(&secret)))
}

/// Delete a secret with all its versions
#[utoipa::path(
    delete,
    path = "/v3/secret/secrets/{id}",
    tag = "Secrets",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    responses((status = 200, description = "The secret that was", body = Secret), Common)
)]
pub(super) async fn delete_secret(call: &Call<'_>, id: SecretId) -> Answer {
    call.may_with_secret(Capability::Delete, id, "")?;
    let engine = call.app.engine.clone();
    let delete = async move { engine.delete_vault_secret(id).await };
    Ok(ok(&Secret::of(&call.finished(delete).await?)))
}

/// Store again a value that could not be stored
///
/// The value was not kept: it has to be sent again.
#[utoipa::path(
    put,
    path = "/v3/secret/secrets/{id}/retry",
    tag = "Secrets",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    request_body = Option<Retry>,
    responses(
        (status = 200, description = "The secret", body = Secret),
        (status = 400, description = "The body can't be read", body = Refusal),
        (status = 409, description = "Nothing failed, or the value is missing", body = Refusal),
        (status = 422, description = "A field is wrong", body = Invalid),
        Common
    )
)]
pub(super) async fn retry_secret(call: &Call<'_>, id: SecretId) -> Answer {
    call.may_with_secret(Capability::Update, id, "/retry")?;
    let retry: Retry<'_> = body::parse(call.request.body())?;
    let content = retry.content(call.app)?;
    let state = call.app.engine.vault_secret(id)?.state;
    if !matches!(state, SecretState::Stalled | SecretState::UpdatingError) {
        let why = "only what failed can be tried again";
        return Err(VaultError::SecretState(state, why).into());
    }
    let content = content.ok_or_else(|| {
        let text = "the value that failed was not kept; send it again as content, or as a new version";
        Fault::new(StatusCode::CONFLICT, text)
    })?;
    let engine = call.app.engine.clone();
    let retry = async move {
        engine.add_vault_version(id, content).await?;
        engine.vault_secret(id)
    };
    Ok(ok(&Secret::of(&call.finished(retry).await?)))
}
