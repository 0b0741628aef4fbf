//! `sys/imco`: an API of our own, used by `casemate imco`.

use super::body;
use super::show::KeyVault;
use crate::api::app::App;
use crate::api::okms::fault::Fault;
use crate::api::vault::{self, Fields, Request, Response, is_list};
use crate::auth::Capability;
use crate::engine::vaults::{NewVault, VaultError};
use casemate_common::keyring::KeyringId;
use hyper::Method;
use serde_json::json;

/// Answers what follows `sys/imco` in a raw path.
pub(in crate::api) async fn answer(app: &App, request: &Request, rest: &str) -> Result<Response, Fault> {
    let caller = app.caller(request).await?;
    match (rest.trim_matches('/'), request.method()) {
        ("keyrings", _) if is_list(request.method(), request.uri())? => {
            caller.may(Capability::List, "sys/imco/keyrings/")?;
            let free = app.engine.free_keyrings().await?;
            let keys: Vec<_> = free.iter().map(ToString::to_string).collect();
            Ok(vault::data(json!({ "keys": keys }).to_string().as_bytes()))
        }
        ("import", &Method::POST | &Method::PUT) => {
            caller.may(Capability::Update, "sys/imco/import")?;
            import(app, request).await
        }
        ("keyrings" | "import", _) => Err(Fault::no_method()),
        _ => Err(Fault::no_route()),
    }
}

async fn import(app: &App, request: &Request) -> Result<Response, Fault> {
    let fields = Fields::parse(request.body())?;
    let missing = |field: &str| Fault::bad_request(format!("{field} is missing"));
    let name = fields.text("name")?.ok_or_else(|| missing("name"))?;
    let new = new_vault(app, name, &fields)?;
    let source = Source::of(&fields)?;
    let engine = app.engine.clone();
    let import = async move {
        match source {
            Source::Keyring(keyring) => engine.import_vault(new, keyring).await,
            Source::TokenKey(label) => engine.import_key(new, &label).await,
        }
    };
    let imported = app.detached(import).await?;
    let shown = serde_json::to_vec(&KeyVault::of(&imported));
    Ok(vault::data(&shown.unwrap_or_default()))
}

/// What a vault is made over.
enum Source {
    Keyring(KeyringId),
    /// A key of a PKCS#11 token, by its label.
    TokenKey(String),
}

impl Source {
    fn of(fields: &Fields) -> Result<Self, Fault> {
        match (fields.text("keyring")?, fields.text("token_key")?) {
            (Some(keyring), None) => body::keyring(&keyring)
                .map(Self::Keyring)
                .ok_or_else(|| Fault::bad_request("keyring must have 32 hexadecimal digits")),
            (None, Some(label)) => Ok(Self::TokenKey(label)),
            _ => Err(Fault::bad_request("give keyring or token_key, one of them")),
        }
    }
}

/// A vault by the plan and for the account that are named, or else the first ones.
fn new_vault(app: &App, name: String, fields: &Fields) -> Result<NewVault, Fault> {
    let settings = &app.imco.settings;
    let (plan, account) = (fields.text("plan")?, fields.text("account")?);
    let is_meant = |given: &Option<String>, name: &str| given.as_deref().is_none_or(|given| given == name);
    let mut plans = settings.plans.iter();
    let plan = plans
        .find(|known| is_meant(&plan, &known.item.name))
        .ok_or_else(|| Fault::bad_request("the settings have no key vault plan of this name"))?;
    let mut accounts = settings.accounts.iter();
    let account = accounts
        .find(|known| is_meant(&account, &known.name))
        .ok_or_else(|| Fault::bad_request("the settings have no cloud account of this name"))?;
    let realm = settings.realms.get(plan.realm).ok_or_else(Fault::internal)?;
    Ok(NewVault {
        name,
        plan: plan.item.id,
        account: account.id,
        realm: realm.id,
        labels: Vec::new(),
        keyring: None,
    })
}

impl From<VaultError> for Fault {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Engine(error) => error.into(),
            VaultError::NotFound(_) => Self::not_found(),
            error => Self::bad_request(error.to_string()),
        }
    }
}
