//! Certificates of public authorities, as secrets.

use super::body::{Body, invalid, missing};
use super::route::SecretRoute;
use super::show::{certificate_dates, extend};
use super::{Call, Group, rules};
use crate::api::vault::{self, Envelope, Fault, Response, no_content};
use crate::engine::issuing::{KeyAlgorithm, KeySpec};
use crate::engine::managed::{Found, Kind, Managed};
use crate::engine::orders::{NewPublicCertificate, PublicTerms, State};
use hyper::StatusCode;
use serde_json::{Value, json};

/// Names in a certificate at most.
const MAX_NAMES: usize = 100;

impl Call<'_> {
    /// Orders a certificate; it comes later.
    pub(super) async fn order_certificate(&self, body: &Body<'_>, group: &Group) -> Result<Response, Fault> {
        let name = rules::required_name(body)?;
        let text = |name: &str| {
            body.text(name)?
                .filter(|text| !text.is_empty())
                .ok_or_else(|| missing(name))
        };
        let rotation = Rotation::of(body)?;
        let new = NewPublicCertificate {
            ca: text("ca")?,
            dns: text("dns")?,
            names: names(body, text("common_name")?)?,
            bundle: body.flag("bundle_certs")?.unwrap_or(true),
            key: key(body.text("key_algorithm")?.as_deref())?,
            auto_rotate: rotation.auto_rotate,
            rotate_keys: rotation.rotate_keys,
            secret: self.described(body, Kind::PublicCertificate, name)?,
        };
        let (engine, collection) = (self.app.engine.clone(), group.collection.id());
        let ordering = async move { engine.order_certificate(collection, new).await };
        let (found, row) = self.app.finished(ordering).await?;
        self.go_on(found);
        let shown = self.show(group).metadata(&row).to_string();
        Ok(Envelope::new()
            .data(shown.as_bytes())
            .respond(StatusCode::ACCEPTED))
    }

    pub(super) async fn reorder(&self, secret: &SecretRoute) -> Result<Response, Fault> {
        let body = Body::parse(self.request.body())?;
        let rotate_keys = body.flag("rotate_keys")?.unwrap_or(false);
        let (group, found, _) = self.found(&secret.group, secret.kind, &secret.name)?;
        let (engine, author, wanted) = (self.app.engine.clone(), self.author(), found.clone());
        let reordering = async move { engine.reorder_certificate(&wanted, &author, rotate_keys).await };
        let row = self.app.finished(reordering).await?;
        self.go_on(found);
        let shown = self.show(&group).whole(&row);
        Ok(vault::data(shown.to_string().as_bytes()))
    }

    pub(super) async fn validate_dns(&self, secret: &SecretRoute) -> Result<Response, Fault> {
        if secret.kind != Kind::PublicCertificate {
            return Err(Fault::bad_request("only public_cert secrets have DNS challenges"));
        }
        let (_, found, _) = self.found(&secret.group, secret.kind, &secret.name)?;
        let (engine, wanted) = (self.app.engine.clone(), found.clone());
        let confirming = async move { engine.confirm_records(&wanted).await };
        self.app.finished(confirming).await?;
        self.go_on(found);
        Ok(no_content())
    }

    pub(super) async fn revoke_public(&self, secret: &SecretRoute) -> Result<Response, Fault> {
        let (group, found, _) = self.found(&secret.group, secret.kind, &secret.name)?;
        let engine = self.app.engine.clone();
        let revoking = async move { engine.revoke_public_certificate(&found).await };
        let row = self.app.finished(revoking).await?;
        let shown = self.show(&group).whole(&row);
        Ok(vault::data(shown.to_string().as_bytes()))
    }

    /// Lets an order go on without anybody waiting for it.
    fn go_on(&self, found: Found) {
        let engine = self.app.engine.clone();
        tokio::spawn(async move { engine.drive_order(&found).await });
    }
}

/// `rotation`, nested or flat.
#[derive(Default)]
struct Rotation {
    auto_rotate: bool,
    rotate_keys: bool,
}

impl Rotation {
    fn of(body: &Body<'_>) -> Result<Self, Fault> {
        let nested = body.value("rotation")?.unwrap_or_default();
        if !nested.is_object() && !nested.is_null() {
            return Err(invalid("rotation", "an object"));
        }
        let flag = |name: &str| match &nested[name] {
            Value::Null => Ok(body.flag(name)?.unwrap_or(false)),
            Value::Bool(flag) => Ok(*flag),
            _ => Err(invalid(&format!("rotation.{name}"), "true or false")),
        };
        Ok(Self {
            auto_rotate: flag("auto_rotate")?,
            rotate_keys: flag("rotate_keys")?,
        })
    }
}

/// The common name and the others, each once and in lower case.
fn names(body: &Body<'_>, common_name: String) -> Result<Vec<String>, Fault> {
    let others = body.list("alt_names")?.unwrap_or_default();
    let mut names: Vec<String> = Vec::new();
    for name in std::iter::once(common_name).chain(others) {
        let name = name.to_ascii_lowercase();
        if !is_domain(name.strip_prefix("*.").unwrap_or(&name)) {
            return Err(invalid(
                "common_name and alt_names",
                "domain names; *. may stand before them",
            ));
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.len() {
        1..=MAX_NAMES => Ok(names),
        _ => Err(invalid("alt_names", "99 names at most")),
    }
}

fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        let inner = label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (1..=63).contains(&label.len()) && inner && !label.starts_with('-') && !label.ends_with('-')
    };
    // An address of the Internet protocol ends with a number.
    let named = |name: &str| {
        name.rsplit('.')
            .next()
            .is_some_and(|last| last.parse::<u32>().is_err())
    };
    name.len() <= 253 && name.contains('.') && named(name) && name.split('.').all(label)
}

/// `RSA2048` where nothing is said.
fn key(name: Option<&str>) -> Result<KeySpec, Fault> {
    let (key_type, key_bits) = match name {
        None | Some("RSA2048") => (KeyAlgorithm::Rsa, 2048),
        Some("RSA4096") => (KeyAlgorithm::Rsa, 4096),
        Some("EC256" | "ECDSA256") => (KeyAlgorithm::Ec, 256),
        Some("EC384" | "ECDSA384") => (KeyAlgorithm::Ec, 384),
        Some(_) => return Err(invalid("key_algorithm", "RSA2048, RSA4096, EC256 or EC384")),
    };
    Ok(KeySpec { key_type, key_bits })
}

/// State and its name where they are not those of all secrets.
pub(super) fn state(current: u32, terms: &PublicTerms) -> Option<(u8, &'static str)> {
    match (&terms.state, current) {
        _ if terms.revoked.is_some() => Some((3, "Deactivated")),
        (State::Failed { .. }, 0) => Some((3, "Deactivated")),
        (_, 0) => Some((0, "Pre-activation")),
        _ => None,
    }
}

/// What these secrets show beside the rest.
pub(super) fn fields(managed: &Managed, terms: &PublicTerms) -> Value {
    let mut fields = json!({
        "alt_names": terms.names.get(1..).unwrap_or_default(),
        "bundle_certs": terms.bundle,
        "common_name": terms.names.first(),
        "issuance_info": info(terms),
        "key_algorithm": terms.key.label(),
        "rotation": {"auto_rotate": terms.auto_rotate, "rotate_keys": terms.rotate_keys},
    });
    if let Some(revoked) = terms.revoked {
        fields["revocation_time"] = (revoked.as_nanos() / 1_000_000_000).into();
        fields["revocation_time_rfc3339"] = revoked.with_digits(0).into();
    }
    let certificate = managed.current().and_then(|edition| edition.certificate.as_ref());
    if let Some(certificate) = certificate {
        extend(&mut fields, certificate_dates(certificate));
        fields["algorithm"] = certificate.key_algorithm.as_str().into();
        fields["issuer"] = certificate.issuer.as_str().into();
        fields["intermediate_included"] = certificate.intermediate_included.into();
        fields["private_key_included"] = certificate.private_key_included.into();
    }
    fields
}

/// How far the last order is.
fn info(terms: &PublicTerms) -> Value {
    let (state, description) = match &terms.state {
        State::Pending => (0, "Pre-activation"),
        State::Issued => (1, "Active"),
        State::Failed { .. } => (3, "Deactivated"),
    };
    let mut info = json!({
        "auto_rotated": terms.auto_rotated,
        "bundle_certs": terms.bundle,
        "ca": terms.ca,
        "dns": terms.dns,
        "ordered_on": terms.ordered.with_digits(0),
        "state": state,
        "state_description": description,
    });
    if let State::Failed { code, message } = &terms.state {
        info["error_code"] = code.as_str().into();
        info["error_message"] = message.as_str().into();
    }
    let challenges = terms.proof.records.iter().map(|record| {
        json!({
            "domain": record.domain,
            "expiration": record.expires.map(|time| time.with_digits(0)),
            "status": if terms.state == State::Pending { "pending" } else { "over" },
            "txt_record_name": record.name,
            "txt_record_value": record.value,
        })
    });
    if !terms.proof.records.is_empty() {
        info["challenges"] = challenges.collect();
    }
    if let Some(validated) = terms.proof.validated {
        info["dns_challenge_validation_time"] = validated.with_digits(0).into();
    }
    info
}
