use super::{catalogue, labels, secrets, vaults, versions};
use crate::api::app::App;
use crate::config::Item;
use serde_json::Value;
use utoipa::OpenApi;

/// The dialect's API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "IMCO: key vaults and secrets",
        description = "Key vaults on the device, the secrets in them and their versions, as Ingram Micro Cloud \
                       Orchestrator's API has them.\n\nUsers are known by a client certificate (`casemate ca issue \
                       --user`), or by a token. Values are downloaded by hosts (`casemate ca issue --host`).",
        license(name = "Apache-2.0 OR MIT")
    ),
    servers((url = "/")),
    paths(
        vaults::list_key_vaults,
        vaults::show_key_vault,
        vaults::create_key_vault,
        vaults::update_key_vault,
        vaults::delete_key_vault,
        vaults::retry_key_vault,
        secrets::list_secrets,
        secrets::create_secret,
        secrets::show_secret,
        secrets::update_secret,
        secrets::delete_secret,
        secrets::retry_secret,
        versions::list_secret_versions,
        versions::create_secret_version,
        versions::show_secret_version,
        versions::download_secret_version,
        catalogue::ping,
        catalogue::list_cloud_accounts,
        catalogue::show_cloud_account,
        catalogue::list_cloud_providers,
        catalogue::list_realms,
        catalogue::show_realm,
        catalogue::list_key_vault_plans,
        catalogue::show_key_vault_plan,
        labels::list_labels,
        labels::list_label_resources,
        labels::add_label_resources,
        labels::remove_label_resource,
    )
)]
struct Document;

/// What the dialect is, as OpenAPI, with the plans, accounts and labels that there are.
pub(in crate::api) fn document(app: &App) -> Value {
    let settings = &app.imco.settings;
    let mut document = serde_json::to_value(Document::openapi()).unwrap_or_default();
    let plans = settings.plans.iter().map(|plan| &plan.item);
    let schemas = &mut document["components"]["schemas"];
    let fields = &mut schemas["NewKeyVault"]["properties"];
    fields["key_vault_plan_id"]["enum"] = identifiers(plans);
    fields["cloud_account_id"]["enum"] = identifiers(settings.accounts.iter());
    for new in ["NewKeyVault", "NewSecret"] {
        let labels = &mut schemas[new]["properties"]["label_ids"];
        match settings.labels.is_empty() {
            true => labels["maxItems"] = 0.into(),
            false => labels["items"]["enum"] = identifiers(settings.labels.iter()),
        }
    }
    document
}

fn identifiers<'i>(items: impl Iterator<Item = &'i Item>) -> Value {
    items.map(|item| item.id.to_string()).collect()
}
