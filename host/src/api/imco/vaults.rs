//! Key vaults.

use super::body::{self, NewKeyVault, Rename};
use super::fault::{Common, Invalid, Refusal};
use super::show::{KeyVault, created, ok};
use super::{Answer, Call, Fault};
use crate::auth::Capability;
use crate::config::Plan;
use crate::engine::vaults::{NewVault, ObjectId, Vault, VaultError, VaultId};

/// List key vaults
#[utoipa::path(
    get,
    path = "/v3/secret/key_vaults",
    tag = "Key vaults",
    responses((status = 200, description = "All that have not ended, oldest first", body = [KeyVault]), Common)
)]
pub(super) fn list_key_vaults(call: &Call<'_>) -> Answer {
    call.may(Capability::List, "imco/key_vaults")?;
    let vaults = call.app.engine.vaults()?;
    let shown: Vec<_> = vaults.iter().map(KeyVault::of).collect();
    Ok(ok(&shown))
}

/// Show a key vault
///
/// One that has ended is shown for a day.
#[utoipa::path(
    get,
    path = "/v3/secret/key_vaults/{id}",
    tag = "Key vaults",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    responses((status = 200, description = "The key vault", body = KeyVault), Common)
)]
pub(super) fn show_key_vault(call: &Call<'_>, id: VaultId) -> Answer {
    call.may(Capability::Read, &format!("imco/key_vaults/{id}"))?;
    Ok(ok(&KeyVault::of(&call.app.engine.vault(id)?)))
}

/// Create a key vault
///
/// It is deployed afterwards, when the device is there.
#[utoipa::path(
    post,
    path = "/v3/secret/key_vaults",
    tag = "Key vaults",
    request_body = NewKeyVault,
    responses(
        (status = 201, description = "The key vault, to be deployed", body = KeyVault),
        (status = 400, description = "The body can't be read", body = Refusal),
        (status = 422, description = "A field is wrong", body = Invalid),
        Common
    )
)]
pub(super) async fn create_key_vault(call: &Call<'_>) -> Answer {
    call.may(Capability::Create, "imco/key_vaults")?;
    let new = new_vault(call)?;
    let engine = call.app.engine.clone();
    let vault = call
        .finished(async move { engine.create_vault(new).await })
        .await?;
    Ok(created(&KeyVault::of(&vault)))
}

fn new_vault(call: &Call<'_>) -> Result<NewVault, Fault> {
    let new: NewKeyVault = body::parse(call.request.body())?;
    let imco = &call.app.imco;
    let (plan, account) = (new.key_vault_plan_id.as_deref(), new.cloud_account_id.as_deref());
    let name = body::name(new.name)?;
    let plan: &Plan = body::known("key_vault_plan_id", plan, |id| imco.plan(id))?;
    let account = body::known("cloud_account_id", account, |id| imco.account(id))?;
    let realm = imco.settings.realms.get(plan.realm);
    let keyring = match new.desired_remote_id.as_deref() {
        None | Some("") => None,
        Some(id) => Some(body::keyring(id).ok_or_else(|| {
            let text = "must have 32 hexadecimal digits, as keyrings of the device have";
            Fault::invalid("desired_remote_id", text)
        })?),
    };
    Ok(NewVault {
        name,
        plan: plan.item.id,
        account: account.id,
        realm: realm.ok_or_else(|| Fault::not_found("realm"))?.id,
        labels: call.labels(new.label_ids)?,
        keyring,
    })
}

/// Rename a key vault
#[utoipa::path(
    put,
    path = "/v3/secret/key_vaults/{id}",
    tag = "Key vaults",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    request_body = Option<Rename>,
    responses(
        (status = 200, description = "The key vault", body = KeyVault),
        (status = 400, description = "The body can't be read", body = Refusal),
        (status = 409, description = "It is ending", body = Refusal),
        (status = 422, description = "A field is wrong", body = Invalid),
        Common
    )
)]
pub(super) async fn update_key_vault(call: &Call<'_>, id: VaultId) -> Answer {
    call.may(Capability::Update, &format!("imco/key_vaults/{id}"))?;
    let rename: Rename = body::parse(call.request.body())?;
    let engine = call.app.engine.clone();
    let vault = match rename.name {
        None => engine.vault(id)?,
        name => {
            let name = body::name(name)?;
            let rename = async move { engine.rename_vault(id, name).await };
            call.finished(rename).await?
        }
    };
    Ok(ok(&KeyVault::of(&vault)))
}

/// Delete a key vault
///
/// It must hold no secret. Its keyring is destroyed on the device afterwards.
#[utoipa::path(
    delete,
    path = "/v3/secret/key_vaults/{id}",
    tag = "Key vaults",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    responses(
        (status = 200, description = "The key vault, to be decommissioned", body = KeyVault),
        (status = 409, description = "It holds secrets", body = Refusal),
        Common
    )
)]
pub(super) async fn delete_key_vault(call: &Call<'_>, id: VaultId) -> Answer {
    call.may(Capability::Delete, &format!("imco/key_vaults/{id}"))?;
    let engine = call.app.engine.clone();
    call.changed_vault(async move { engine.delete_vault(id).await })
        .await
}

/// Deploy a stalled key vault again
#[utoipa::path(
    put,
    path = "/v3/secret/key_vaults/{id}/retry",
    tag = "Key vaults",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    responses(
        (status = 200, description = "The key vault, to be deployed", body = KeyVault),
        (status = 409, description = "It is not stalled", body = Refusal),
        Common
    )
)]
pub(super) async fn retry_key_vault(call: &Call<'_>, id: VaultId) -> Answer {
    call.may(Capability::Update, &format!("imco/key_vaults/{id}/retry"))?;
    let engine = call.app.engine.clone();
    call.changed_vault(async move { engine.retry_vault(id).await })
        .await
}

impl Call<'_> {
    /// What became of a key vault.
    async fn changed_vault(
        &self,
        change: impl Future<Output = Result<Vault, VaultError>> + Send + 'static,
    ) -> Answer {
        Ok(ok(&KeyVault::of(&self.finished(change).await?)))
    }

    /// Labels that a body names, each of which must be known.
    pub(super) fn labels(&self, given: Option<Vec<String>>) -> Result<Vec<ObjectId>, Fault> {
        let mut labels = Vec::new();
        for id in given.unwrap_or_default() {
            let label = body::known("label_ids", Some(&id), |id| self.app.imco.label(id))?;
            if !labels.contains(&label.id) {
                labels.push(label.id);
            }
        }
        Ok(labels)
    }
}
