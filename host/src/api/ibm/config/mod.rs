//! Configurations that secrets are issued by: `{config,name,type}` resources. What is the same for every kind is here;
//! each kind reads and shows its own settings.

mod actions;
mod authority;
mod dns_provider;
mod public_authority;
mod published;
mod settings;
mod template;

pub(super) use actions::ConfigAction;
pub(super) use published::{Published, published};
pub(super) use settings::order;

use super::body::{invalid, missing};
use super::route::Route;
use super::{Action, Call, rules};
use crate::api::vault::{self, Fault, Fields, Response};
use crate::auth::Capability;
use crate::engine::configurations::ConfigKind;
use serde_json::{Value, json};

/// Each kind with its type of secret, its collection in paths and lists, and what its members have as `type`.
const KINDS: [(ConfigKind, &str, &str, &str); 5] = [
    (
        ConfigKind::RootAuthority,
        "private_cert",
        "root_certificate_authorities",
        "root_certificate_authority",
    ),
    (
        ConfigKind::IntermediateAuthority,
        "private_cert",
        "intermediate_certificate_authorities",
        "intermediate_certificate_authority",
    ),
    (
        ConfigKind::CertificateTemplate,
        "private_cert",
        "certificate_templates",
        "certificate_template",
    ),
    // Its members say for themselves.
    (
        ConfigKind::PublicAuthority,
        "public_cert",
        "certificate_authorities",
        "",
    ),
    (ConfigKind::DnsProvider, "public_cert", "dns_providers", ""),
];

/// The kind that two segments of a path name.
pub(super) fn kind_of(engine: &str, collection: &str) -> Option<ConfigKind> {
    let mut kinds = KINDS.into_iter();
    let found = kinds.find(|(_, of, known, _)| *of == engine && *known == collection);
    found.map(|(kind, ..)| kind)
}

/// The path of a kind's collection.
pub(super) fn collection_of(kind: ConfigKind) -> String {
    let (_, engine, collection, _) = row(kind);
    format!("ibmcloud/{engine}/config/{collection}")
}

fn row(kind: ConfigKind) -> (ConfigKind, &'static str, &'static str, &'static str) {
    let mut kinds = KINDS.into_iter();
    kinds.find(|(known, ..)| *known == kind).unwrap_or(KINDS[0])
}

/// A configuration as a body describes it.
struct Described {
    name: String,
    /// Its type.
    said: String,
    fields: Fields,
    /// Whether it has to be there already.
    exists: bool,
}

impl Call<'_> {
    /// A kind's list, and writing one of its members by the name in the body.
    pub(super) async fn configs(
        &self,
        route: &Route,
        kind: ConfigKind,
        action: Action,
    ) -> Result<Response, Fault> {
        match action {
            Action::Read | Action::List => {
                self.authorise(&[Capability::Read, Capability::List], &route.policy_path())?;
                self.list_configs(kind)
            }
            Action::Write => {
                self.authorise(&[Capability::Create, Capability::Update], &route.policy_path())?;
                let fields = Fields::parse(self.request.body())?;
                let name = fields.text("name")?.ok_or_else(|| missing("name"))?;
                rules::secret_name(&name)?;
                let described = described(fields, kind, name, false)?;
                self.write_config(kind, described).await
            }
            Action::Delete | Action::Patch => Err(Fault::no_method()),
        }
    }

    /// One member.
    pub(super) async fn config(
        &self,
        route: &Route,
        kind: ConfigKind,
        name: &str,
        action: Action,
    ) -> Result<Response, Fault> {
        let path = route.policy_path();
        match action {
            Action::Read => {
                self.authorise(&[Capability::Read], &path)?;
                let config = self.shown_config(kind, name)?;
                self.shown_answer(kind, name, config)
            }
            Action::Write => {
                self.authorise(&[Capability::Update], &path)?;
                let fields = Fields::parse(self.request.body())?;
                let described = described(fields, kind, name.to_owned(), true)?;
                self.write_config(kind, described).await
            }
            Action::Delete => {
                self.authorise(&[Capability::Delete], &path)?;
                self.delete_config(kind, name).await?;
                Ok(vault::no_content())
            }
            Action::List | Action::Patch => Err(Fault::no_method()),
        }
    }

    fn list_configs(&self, kind: ConfigKind) -> Result<Response, Fault> {
        let (_, _, collection, type_name) = row(kind);
        let configs = self.app.engine.configs::<Value>(kind)?;
        let members: Vec<_> = configs
            .iter()
            .map(|config| json!({"name": config.name, "type": type_of(type_name, &config.facts)}))
            .collect();
        Ok(vault::data(json!({ collection: members }).to_string().as_bytes()))
    }

    async fn write_config(&self, kind: ConfigKind, new: Described) -> Result<Response, Fault> {
        let name = new.name.clone();
        let config = match kind {
            ConfigKind::RootAuthority | ConfigKind::IntermediateAuthority => {
                self.write_authority(kind, new).await?
            }
            ConfigKind::CertificateTemplate => self.write_template(new).await?,
            ConfigKind::PublicAuthority => self.write_public_authority(new).await?,
            ConfigKind::DnsProvider => self.write_dns_provider(new).await?,
        };
        self.shown_answer(kind, &name, config)
    }

    /// `{config,name,type}`.
    fn shown_answer(&self, kind: ConfigKind, name: &str, config: Value) -> Result<Response, Fault> {
        let (.., type_name) = row(kind);
        let facts = self.app.engine.config::<Value>(kind, name)?.facts;
        let shown = json!({"config": config, "name": name, "type": type_of(type_name, &facts)});
        Ok(vault::data(shown.to_string().as_bytes()))
    }

    fn shown_config(&self, kind: ConfigKind, name: &str) -> Result<Value, Fault> {
        let engine = &self.app.engine;
        match kind {
            ConfigKind::RootAuthority | ConfigKind::IntermediateAuthority => {
                self.shown_authority(&engine.config(kind, name)?)
            }
            ConfigKind::CertificateTemplate => Ok(template::shown(&engine.config(kind, name)?)),
            ConfigKind::PublicAuthority => Ok(public_authority::shown(&engine.config(kind, name)?)),
            ConfigKind::DnsProvider => Ok(dns_provider::shown(&engine.config(kind, name)?)),
        }
    }

    async fn delete_config(&self, kind: ConfigKind, name: &str) -> Result<(), Fault> {
        let (engine, name) = (self.app.engine.clone(), name.to_owned());
        let removal = async move {
            match kind {
                ConfigKind::RootAuthority | ConfigKind::IntermediateAuthority => {
                    engine.remove_authority(kind, &name).await
                }
                ConfigKind::CertificateTemplate => engine.remove_template(&name).await,
                ConfigKind::PublicAuthority => engine.remove_public_authority(&name).await,
                ConfigKind::DnsProvider => engine.remove_dns_provider(&name).await,
            }
        };
        Ok(self.app.finished(removal).await?)
    }
}

/// The settings of a body, which stand in `config` or flat beside the name.
fn described(fields: Fields, kind: ConfigKind, name: String, exists: bool) -> Result<Described, Fault> {
    let (_, _, collection, type_name) = row(kind);
    let said = fields.text("type")?.ok_or_else(|| missing("type"))?;
    // IBM's table of parameters has the plural for templates.
    if !type_name.is_empty() && said != type_name && said != collection {
        return Err(invalid("type", type_name));
    }
    let named = fields.text("name")?;
    if named.is_some_and(|named| named != name) {
        return Err(invalid("name", "the name in the path"));
    }
    let fields = fields.nested("config")?.unwrap_or(fields);
    Ok(Described {
        name,
        said,
        fields,
        exists,
    })
}

/// What a member has as `type`: its kind's, or its own.
fn type_of<'v>(type_name: &'v str, facts: &'v Value) -> &'v str {
    match type_name {
        "" => facts["kind"].as_str().unwrap_or_default(),
        known => known,
    }
}
