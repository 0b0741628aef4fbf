//! Certificate authorities. Where IBM's API shows an intermediate's private key, this does not: it never leaves the device.

use super::settings::{flag, key, list, max_ttl, order, seconds, subject};
use super::{Described, row};
use crate::api::ibm::Call;
use crate::api::ibm::body::{invalid, missing};
use crate::api::vault::{Fault, Fields};
use crate::engine::configurations::{Config, ConfigKind};
use crate::engine::issuing::{
    Authority, AuthorityChange, AuthoritySettings, Certified, SigningMethod, Status, Urls,
};
use serde_json::{Value, json};

/// Three days.
const CRL_EXPIRY: i64 = 72 * 3600;

impl Call<'_> {
    /// Makes an authority, or changes what can be changed of one.
    pub(super) async fn write_authority(&self, kind: ConfigKind, new: Described) -> Result<Value, Fault> {
        let Described {
            name, fields, exists, ..
        } = new;
        let engine = self.app.engine.clone();
        let there = engine.config::<Authority>(kind, &name);
        if exists || there.is_ok() {
            let change = change(&fields, &there?.facts.settings)?;
            let changing = async move { engine.change_authority(kind, &name, change).await };
            return self.shown_authority(&self.app.finished(changing).await?);
        }
        let settings = settings(&fields, kind)?;
        let urls = self.urls(&name);
        let collection = self.instance.id();
        let making = async move { engine.make_authority(collection, &name, settings, urls).await };
        self.shown_authority(&self.app.finished(making).await?)
    }

    fn urls(&self, name: &str) -> Urls {
        let url = format!(
            "{}/v1/ibmcloud/private_cert/config/certificate_authorities/{name}",
            self.app.ibm.url
        );
        Urls {
            crl: format!("{url}/crl"),
            certificate: format!("{url}/ca"),
        }
    }

    /// What an authority is set to, and how far it is.
    pub(super) fn shown_authority(&self, authority: &Config<Authority>) -> Result<Value, Fault> {
        let status = self.app.engine.authority_status(authority)?;
        let facts = &authority.facts;
        let mut shown = serde_json::to_value(&facts.settings).unwrap_or_default();
        shown["status"] = status_name(status).into();
        if let Some(certified) = &facts.certified {
            shown["expiration_date"] = certified.expires.with_digits(0).into();
        }
        shown["data"] = data(facts);
        if let (Value::Object(fields), true) = (&mut shown, facts.settings.signing_method.is_some()) {
            for only_roots in ["max_path_length", "permitted_dns_domains", "ttl"] {
                fields.remove(only_roots);
            }
        }
        Ok(shown)
    }
}

/// What an authority has been given.
fn data(facts: &Authority) -> Value {
    let mut data = match &facts.certified {
        None => json!({}),
        Some(certified) => {
            let mut data = certified_data(
                certified,
                certified.chain.first().unwrap_or(&certified.certificate),
            );
            if certified.chain.is_empty()
                && let Value::Object(fields) = &mut data
            {
                fields.remove("ca_chain");
            }
            data
        }
    };
    if let Some(csr) = &facts.csr {
        data["csr"] = csr.as_str().into();
        data["private_key_type"] = json!(facts.settings.key.key_type);
    }
    if let Some(revoked) = facts.revoked {
        data["revocation_time"] = (revoked.as_nanos() / 1_000_000_000).into();
        data["revocation_time_rfc3339"] = revoked.with_digits(0).into();
    }
    data
}

/// A certificate with those above it.
pub(super) fn certified_data(certified: &Certified, issuing_ca: &str) -> Value {
    json!({
        "ca_chain": certified.chain,
        "certificate": certified.certificate,
        "expiration": certified.expires.as_nanos() / 1_000_000_000,
        "issuing_ca": issuing_ca,
        "serial_number": certified.serial_number,
    })
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::CertificateTemplateRequired => "certificate_template_required",
        Status::Configured => "configured",
        Status::Expired => "expired",
        Status::Revoked => "revoked",
        Status::SignedCertificateRequired => "signed_certificate_required",
        Status::SigningRequired => "signing_required",
    }
}

fn settings(fields: &Fields, kind: ConfigKind) -> Result<AuthoritySettings, Fault> {
    let order = order(fields)?;
    let max_ttl = max_ttl(fields)?.ok_or_else(|| missing("max_ttl"))?;
    let root = kind == ConfigKind::RootAuthority;
    let ttl = seconds(fields, "ttl")?.filter(|_| root).unwrap_or(max_ttl);
    if !(1..=max_ttl).contains(&ttl) {
        return Err(invalid("ttl", "from one second to max_ttl"));
    }
    let (signing_method, issuer) = if root { (None, None) } else { signing(fields)? };
    Ok(AuthoritySettings {
        common_name: order.common_name.ok_or_else(|| missing("common_name"))?,
        max_ttl,
        ttl,
        crl_expiry: crl_expiry(fields)?.unwrap_or(CRL_EXPIRY),
        crl_disable: flag(fields, "crl_disable", false)?,
        crl_distribution_points_encoded: flag(fields, "crl_distribution_points_encoded", false)?,
        issuing_certificates_urls_encoded: flag(fields, "issuing_certificates_urls_encoded", false)?,
        alt_names: order.alt_names,
        ip_sans: order.ip_sans,
        uri_sans: order.uri_sans,
        other_sans: order.other_sans,
        format: order.format,
        private_key_format: order.private_key_format,
        exclude_cn_from_sans: order.exclude_cn_from_sans,
        key: key(fields)?,
        max_path_length: if root { max_path_length(fields)? } else { -1 },
        permitted_dns_domains: if root {
            list(fields, "permitted_dns_domains")?
        } else {
            Vec::new()
        },
        subject: subject(fields)?,
        signing_method,
        issuer,
    })
}

fn signing(fields: &Fields) -> Result<(Option<SigningMethod>, Option<String>), Fault> {
    let method = match fields.text("signing_method")?.as_deref() {
        None => return Err(missing("signing_method")),
        Some("internal") => SigningMethod::Internal,
        Some("external") => SigningMethod::External,
        Some(_) => return Err(invalid("signing_method", "internal or external")),
    };
    let issuer = fields.text("issuer")?.filter(|issuer| !issuer.is_empty());
    if method == SigningMethod::Internal && issuer.is_none() {
        return Err(missing("issuer"));
    }
    Ok((Some(method), issuer.filter(|_| method == SigningMethod::Internal)))
}

fn crl_expiry(fields: &Fields) -> Result<Option<i64>, Fault> {
    match seconds(fields, "crl_expiry")? {
        Some(..60) => Err(invalid("crl_expiry", "at least 1m")),
        seconds => Ok(seconds),
    }
}

/// Authorities below a root at most; -1 for any number.
pub(super) fn max_path_length(fields: &Fields) -> Result<i64, Fault> {
    let length = fields.text("max_path_length")?.unwrap_or_else(|| "-1".into());
    match length.parse() {
        Ok(length @ -1..=255) => Ok(length),
        _ => Err(invalid("max_path_length", "from 0 to 255, or -1 for any number")),
    }
}

/// What a body changes of an authority. What stands in its certificate can't be changed: saying it again is no change.
fn change(fields: &Fields, old: &AuthoritySettings) -> Result<AuthorityChange, Fault> {
    let said = fields.text("common_name")?;
    if said.is_some_and(|name| name != old.common_name) {
        let (.., type_name) = row(old.kind());
        return Err(Fault::bad_request(format!(
            "what stands in the certificate of a {type_name} can't be changed; make another one"
        )));
    }
    Ok(AuthorityChange {
        max_ttl: max_ttl(fields)?,
        crl_expiry: crl_expiry(fields)?,
        crl_disable: fields.flag("crl_disable")?,
        crl_distribution_points_encoded: fields.flag("crl_distribution_points_encoded")?,
        issuing_certificates_urls_encoded: fields.flag("issuing_certificates_urls_encoded")?,
    })
}
