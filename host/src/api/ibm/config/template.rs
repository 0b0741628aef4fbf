//! Certificate templates.

use super::Described;
use super::settings::{flag, key, list, max_ttl, seconds, subject};
use crate::api::ibm::Call;
use crate::api::ibm::body::missing;
use crate::api::vault::{Fault, Fields};
use crate::engine::configurations::{Config, ConfigKind};
use crate::engine::issuing::Template;
use serde_json::Value;

/// Where nobody says what keys are for.
const KEY_USAGE: [&str; 3] = ["DigitalSignature", "KeyAgreement", "KeyEncipherment"];
/// Seconds that a certificate begins to count before it is made, where nobody says how many.
const NOT_BEFORE: i64 = 30;

impl Call<'_> {
    /// Makes a template, or replaces it by another.
    pub(super) async fn write_template(&self, new: Described) -> Result<Value, Fault> {
        let Described {
            name, fields, exists, ..
        } = new;
        let there = self
            .app
            .engine
            .config::<Template>(ConfigKind::CertificateTemplate, &name);
        let template = self.template(&fields)?;
        let (engine, collection) = (self.app.engine.clone(), self.instance.id());
        let replaces = match there {
            Ok(_) => true,
            Err(error) if exists => return Err(error.into()),
            Err(_) => false,
        };
        let writing = async move {
            match replaces {
                true => engine.change_template(&name, template).await,
                false => engine.make_template(collection, &name, template).await,
            }
        };
        Ok(shown(&self.app.finished(writing).await?))
    }

    /// What a body says; what it does not say is as in Vault.
    fn template(&self, fields: &Fields) -> Result<Template, Fault> {
        let authority = fields
            .text("certificate_authority")?
            .filter(|name| !name.is_empty());
        let authority = authority.ok_or_else(|| missing("certificate_authority"))?;
        let longest = self.app.engine.authority(&authority);
        let longest = longest.map_or(i64::MAX, |authority| authority.facts.settings.max_ttl);
        let max_ttl = max_ttl(fields)?.unwrap_or(longest);
        let key_usage = fields.list("key_usage")?;
        Ok(Template {
            certificate_authority: authority,
            allowed_secret_groups: list(fields, "allowed_secret_groups")?,
            max_ttl,
            ttl: seconds(fields, "ttl")?.unwrap_or(max_ttl),
            allow_localhost: flag(fields, "allow_localhost", true)?,
            allowed_domains: list(fields, "allowed_domains")?,
            allowed_domains_template: flag(fields, "allowed_domains_template", false)?,
            allow_bare_domains: flag(fields, "allow_bare_domains", false)?,
            allow_subdomains: flag(fields, "allow_subdomains", false)?,
            allow_glob_domains: flag(fields, "allow_glob_domains", false)?,
            allow_any_name: flag(fields, "allow_any_name", false)?,
            enforce_hostnames: flag(fields, "enforce_hostnames", true)?,
            allow_ip_sans: flag(fields, "allow_ip_sans", true)?,
            allowed_uri_sans: list(fields, "allowed_uri_sans")?,
            allowed_other_sans: list(fields, "allowed_other_sans")?,
            server_flag: flag(fields, "server_flag", true)?,
            client_flag: flag(fields, "client_flag", true)?,
            code_signing_flag: flag(fields, "code_signing_flag", false)?,
            email_protection_flag: flag(fields, "email_protection_flag", false)?,
            key: key(fields)?,
            key_usage: key_usage.unwrap_or_else(|| KEY_USAGE.map(Into::into).into()),
            ext_key_usage: list(fields, "ext_key_usage")?,
            ext_key_usage_oids: list(fields, "ext_key_usage_oids")?,
            use_csr_common_name: flag(fields, "use_csr_common_name", true)?,
            use_csr_sans: flag(fields, "use_csr_sans", true)?,
            subject: subject(fields)?,
            require_cn: flag(fields, "require_cn", true)?,
            policy_identifiers: list(fields, "policy_identifiers")?,
            basic_constraints_valid_for_non_ca: flag(fields, "basic_constraints_valid_for_non_ca", false)?,
            not_before_duration: seconds(fields, "not_before_duration")?.unwrap_or(NOT_BEFORE),
        })
    }
}

/// What a template is set to. Groups stand in one text, as they came.
pub(super) fn shown(template: &Config<Template>) -> Value {
    let mut shown = serde_json::to_value(&template.facts).unwrap_or_default();
    shown["allowed_secret_groups"] = template.facts.allowed_secret_groups.join(",").into();
    shown
}
