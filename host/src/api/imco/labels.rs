//! Labels, which stand in the settings, and what they were put on.

use super::body::{self, NewLabelResource, NewLabelResources};
use super::fault::{Common, Invalid, Refusal};
use super::show::{Label, LabelResource, ok};
use super::{Answer, Call, Fault};
use crate::auth::Capability;
use crate::engine::vaults::{ObjectId, SecretId, VaultId};

/// List labels
#[utoipa::path(
    get,
    path = "/v3/labels",
    tag = "Labels",
    responses((status = 200, description = "All of them", body = [Label]), Common)
)]
pub(super) fn list_labels(call: &Call<'_>) -> Answer {
    call.may(Capability::List, "imco/labels")?;
    let labels = call.app.imco.settings.labels.iter();
    let shown: Vec<_> = labels.map(Label::of).collect();
    Ok(ok(&shown))
}

/// List what a label was put on
#[utoipa::path(
    get,
    path = "/v3/labels/{id}/resources",
    tag = "Labels",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    responses((status = 200, description = "Key vaults and secrets", body = [LabelResource]), Common)
)]
pub(super) fn list_label_resources(call: &Call<'_>, id: ObjectId) -> Answer {
    call.may(Capability::List, &format!("imco/labels/{id}"))?;
    Ok(ok(&call.labelled(id)?))
}

/// Put a label on things
#[utoipa::path(
    post,
    path = "/v3/labels/{id}/resources",
    tag = "Labels",
    params(("id" = String, Path, pattern = "^[0-9a-f]{24}$")),
    request_body = NewLabelResources,
    responses(
        (status = 200, description = "All that have the label now", body = [LabelResource]),
        (status = 400, description = "The body can't be read", body = Refusal),
        (status = 409, description = "One of them is ending", body = Refusal),
        (status = 422, description = "A field is wrong", body = Invalid),
        Common
    )
)]
pub(super) async fn add_label_resources(call: &Call<'_>, id: ObjectId) -> Answer {
    call.may(Capability::Update, &format!("imco/labels/{id}"))?;
    call.check_label(id)?;
    let new: NewLabelResources = body::parse(call.request.body())?;
    let new = new
        .resources
        .ok_or_else(|| Fault::invalid("resources", "can't be blank"))?;
    for NewLabelResource {
        id: resource,
        resource_type,
    } in new
    {
        let resource = resource.parse();
        let resource = resource.map_err(|_| Fault::invalid("resources", "has an id that is none"))?;
        call.set_label(id, &resource_type, resource, true).await?;
    }
    Ok(ok(&call.labelled(id)?))
}

/// Take a label off a thing
#[utoipa::path(
    delete,
    path = "/v3/labels/{id}/resources/{resource_type}/{resource_id}",
    tag = "Labels",
    params(
        ("id" = String, Path, pattern = "^[0-9a-f]{24}$"),
        ("resource_type" = String, Path, description = "key_vault or secret"),
        ("resource_id" = String, Path, pattern = "^[0-9a-f]{24}$")
    ),
    responses(
        (status = 200, description = "All that have the label still", body = [LabelResource]),
        (status = 409, description = "It is ending", body = Refusal),
        (status = 422, description = "The type is none", body = Invalid),
        Common
    )
)]
pub(super) async fn remove_label_resource(
    call: &Call<'_>,
    id: ObjectId,
    kind: &str,
    resource: ObjectId,
) -> Answer {
    call.may(Capability::Update, &format!("imco/labels/{id}"))?;
    call.check_label(id)?;
    call.set_label(id, kind, resource, false).await?;
    Ok(ok(&call.labelled(id)?))
}

impl Call<'_> {
    fn check_label(&self, id: ObjectId) -> Result<(), Fault> {
        let known = self.app.imco.label(id);
        known.map(drop).ok_or_else(|| Fault::not_found("label"))
    }

    fn labelled(&self, label: ObjectId) -> Result<Vec<LabelResource>, Fault> {
        self.check_label(label)?;
        let mut found = Vec::new();
        let mut add = |labels: &[ObjectId], id: String, resource_type| {
            if labels.contains(&label) {
                found.push(LabelResource { id, resource_type });
            }
        };
        for vault in self.app.engine.vaults()? {
            add(&vault.labels, vault.id.to_string(), "key_vault");
            for secret in self.app.engine.vault_secrets(vault.id)? {
                add(&secret.labels, secret.id.to_string(), "secret");
            }
        }
        Ok(found)
    }

    /// Puts a label on a thing, or takes it off.
    async fn set_label(
        &self,
        label: ObjectId,
        kind: &str,
        resource: ObjectId,
        on: bool,
    ) -> Result<(), Fault> {
        let change = move |labels: &mut Vec<ObjectId>| {
            labels.retain(|&other| other != label);
            if on {
                labels.push(label);
            }
        };
        let engine = self.app.engine.clone();
        match kind {
            "key_vault" => {
                let id: VaultId = resource.into();
                self.may(Capability::Update, &format!("imco/key_vaults/{id}"))?;
                let label = async move { engine.label_vault(id, change).await };
                self.finished(label).await.map(drop)
            }
            "secret" => {
                let id: SecretId = resource.into();
                self.may_with_secret(Capability::Update, id, "")?;
                let label = async move { engine.label_vault_secret(id, change).await };
                self.finished(label).await.map(drop)
            }
            _ => Err(Fault::invalid("resource_type", "must be key_vault or secret")),
        }
    }
}
