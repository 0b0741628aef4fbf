//! Certificates of private authorities, as secrets.

use super::body::{Body, invalid, missing};
use super::config::order;
use super::policies::rotation;
use super::route::SecretRoute;
use super::rules::{self, MAX_CUSTOM};
use super::show::{certificate_dates, extend, with_secret_data};
use super::versions::which;
use super::{Call, Group};
use crate::api::vault::{self, Fault, Fields, Response};
use crate::engine::issuing::PrivateIssuance;
use crate::engine::managed::{Interval, Kind, Managed, NewEdition, NewSecret};
use serde_json::{Value, json};

impl Call<'_> {
    /// Makes a certificate and a secret of it.
    pub(super) async fn issue(&self, body: &Body<'_>, group: &Group) -> Result<Response, Fault> {
        let fields = Fields::parse(self.request.body())?;
        let name = rules::required_name(body)?;
        let new = NewSecret {
            rotation: schedule(body)?,
            ..self.described(body, Kind::PrivateCertificate, name)?
        };
        let template = fields
            .text("certificate_template")?
            .filter(|name| !name.is_empty());
        let template = template.ok_or_else(|| missing("certificate_template"))?;
        let order = order(&fields)?;
        let (engine, collection) = (self.app.engine.clone(), group.collection.id());
        let issuing = async move { engine.issue_certificate(collection, new, &template, order).await };
        let (row, value) = self.app.finished(issuing).await?;
        let shown = self.show(group).as_made(&row);
        Ok(vault::data(&with_secret_data(
            shown,
            Kind::PrivateCertificate,
            Some(&value),
        )?))
    }

    /// Makes it anew, with another key or by another request.
    pub(super) async fn reissue(&self, secret: &SecretRoute) -> Result<Response, Fault> {
        let body = Body::parse(self.request.body())?;
        let request = body.text("csr")?.filter(|csr| !csr.is_empty());
        let edition = self.new_edition(&body)?;
        let (group, found, _) = self.found(&secret.group, secret.kind, &secret.name)?;
        let engine = self.app.engine.clone();
        let reissuing = async move { engine.reissue_certificate(&found, request, edition, None).await };
        let (row, value) = self.app.finished(reissuing).await?;
        let shown = self.show(&group).whole(&row);
        Ok(vault::data(&with_secret_data(shown, secret.kind, Some(&value))?))
    }

    /// Revokes its certificate, or that of a version.
    pub(super) async fn revoke_secret(
        &self,
        secret: &SecretRoute,
        version: Option<&str>,
    ) -> Result<Response, Fault> {
        let (group, found, _) = self.found(&secret.group, secret.kind, &secret.name)?;
        if secret.kind != Kind::PrivateCertificate {
            return Err(Fault::bad_request("only private_cert secrets can be revoked"));
        }
        let version = version.map(which).transpose()?;
        let engine = self.app.engine.clone();
        let revoking = async move { engine.revoke_certificate(&found, version).await };
        let row = self.app.finished(revoking).await?;
        let shown = self.show(&group).whole(&row);
        Ok(vault::data(shown.to_string().as_bytes()))
    }

    fn new_edition(&self, body: &Body<'_>) -> Result<NewEdition, Fault> {
        let custom = body.object("version_custom_metadata", MAX_CUSTOM)?;
        let mut edition = NewEdition::by(&self.author());
        edition.custom = custom.unwrap_or_default();
        Ok(edition)
    }
}

/// `rotation`, nested or flat.
fn schedule(body: &Body<'_>) -> Result<Option<Interval>, Fault> {
    let nested = body.value("rotation")?;
    let flat = || -> Result<Value, Fault> {
        Ok(json!({
            "auto_rotate": body.value("auto_rotate")?,
            "interval": body.value("interval")?,
            "unit": body.value("unit")?,
        }))
    };
    let asked = match nested {
        Some(nested @ Value::Object(_)) => nested,
        Some(_) => return Err(invalid("rotation", "an object")),
        None => flat()?,
    };
    match &asked["auto_rotate"] {
        Value::Null | Value::Bool(false) => Ok(None),
        Value::String(text) if text == "false" => Ok(None),
        Value::Bool(true) => rotation("rotation", &asked).map(Some),
        Value::String(text) if text == "true" => rotation("rotation", &asked).map(Some),
        _ => Err(invalid("rotation.auto_rotate", "true or false")),
    }
}

/// What these secrets show beside the rest.
pub(super) fn fields(managed: &Managed, issuance: &PrivateIssuance) -> Value {
    let mut fields = json!({
        "certificate_authority": issuance.authority,
        "certificate_template": issuance.template,
        "key_algorithm": issuance.key,
        "rotation": shown_rotation(managed),
    });
    let Some(edition) = managed.current() else {
        return fields;
    };
    if let Some(certificate) = &edition.certificate {
        extend(&mut fields, certificate_dates(certificate));
        fields["algorithm"] = certificate.key_algorithm.as_str().into();
        fields["alt_names"] = certificate.alt_names.clone().into();
        fields["common_name"] = certificate.common_name.as_str().into();
        fields["issuer"] = certificate.issuer.as_str().into();
    }
    extend(&mut fields, revocation(issuance, edition.number));
    fields
}

/// Since when a version is revoked.
pub(super) fn revocation(issuance: &PrivateIssuance, number: u32) -> Value {
    match issuance.revoked(number) {
        None => json!({}),
        Some(since) => json!({
            "revocation_time": since.as_nanos() / 1_000_000_000,
            "revocation_time_rfc3339": since.with_digits(0),
        }),
    }
}

fn shown_rotation(managed: &Managed) -> Value {
    match managed.policy.as_ref().map(|policy| policy.every) {
        None => json!({"auto_rotate": false}),
        Some(Interval::Days(days)) => json!({"auto_rotate": true, "interval": days, "unit": "day"}),
        Some(Interval::Months(months)) => json!({"auto_rotate": true, "interval": months, "unit": "month"}),
    }
}
