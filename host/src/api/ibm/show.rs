//! The objects of the API.

use super::instance::Ibm;
use super::issued;
use super::private;
use super::public_cert;
use super::route::type_name;
use crate::api::vault::Fault;
use crate::engine::EngineError;
use crate::engine::clock::Time;
use crate::engine::collection::CollectionId;
use crate::engine::managed::{Certificate, Edition, Interval, Kind, Lock, Managed, Policy};
use crate::engine::secret::SecretRow;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

/// States, as IBM numbers them.
const ACTIVE: (u8, &str) = (1, "Active");
const DEACTIVATED: (u8, &str) = (3, "Deactivated");
const DESTROYED: (u8, &str) = (5, "Destroyed");

/// What objects of one group need to be shown.
pub(super) struct Show<'a> {
    pub(super) ibm: &'a Ibm,
    pub(super) instance: CollectionId,
    /// `None` for the default group.
    pub(super) group: Option<CollectionId>,
    pub(super) now: Time,
}

impl Show<'_> {
    /// A secret without values and versions.
    pub(super) fn metadata(&self, row: &SecretRow) -> Value {
        self.described(row, self.state(row))
    }

    /// A secret with its versions.
    pub(super) fn whole(&self, row: &SecretRow) -> Value {
        let mut shown = self.metadata(row);
        shown["versions"] = self.versions(row);
        shown
    }

    /// A secret with its versions as it was made: active, even if the end that it was given has passed already.
    pub(super) fn as_made(&self, row: &SecretRow) -> Value {
        let mut shown = self.described(row, ACTIVE);
        let mut versions = self.versions(row);
        for version in versions.as_array_mut().into_iter().flatten() {
            version["payload_available"] = true.into();
        }
        shown["versions"] = versions;
        shown
    }

    fn state(&self, row: &SecretRow) -> (u8, &'static str) {
        self.version_state(row, row.current)
    }

    fn version_state(&self, row: &SecretRow, number: u32) -> (u8, &'static str) {
        let managed = row.managed.as_ref();
        let revoked = row
            .private_issuance()
            .is_some_and(|issuance| issuance.revoked(number).is_some());
        let public = row
            .public_terms()
            .and_then(|terms| public_cert::state(row.current, terms));
        match managed.is_some_and(|managed| managed.is_over(self.now)) {
            true => DESTROYED,
            false if revoked => DEACTIVATED,
            false => public.unwrap_or(ACTIVE),
        }
    }

    fn described(&self, row: &SecretRow, (state, state_description): (u8, &str)) -> Value {
        let Some(managed) = row.managed.as_deref() else {
            return Value::Null;
        };
        let mut shown = json!({
            "created_by": managed.created_by,
            "creation_date": row.created.with_digits(0),
            "crn": self.ibm.crn_of(self.instance, "secret", row.id()),
            "custom_metadata": object(&managed.custom),
            "downloaded": managed.current().is_some_and(|edition| edition.downloaded),
            "id": row.id().to_string(),
            "labels": managed.labels,
            "last_update_date": row.updated.with_digits(0),
            "locks_total": managed.locks(),
            "name": managed.name,
            "secret_type": type_name(managed.kind),
            "state": state,
            "state_description": state_description,
            "versions_total": managed.editions.len(),
        });
        if let Some(description) = &managed.description {
            shown["description"] = description.as_str().into();
        }
        if let Some(group) = self.group {
            shown["secret_group_id"] = group.to_string().into();
        }
        extend(&mut shown, kind_fields(managed));
        extend(&mut shown, issued::fields(row, self.now));
        if let Some(terms) = row.public_terms() {
            extend(&mut shown, public_cert::fields(managed, terms));
        }
        if let Some(issuance) = row.private_issuance() {
            extend(&mut shown, private::fields(managed, issuance));
        }
        shown
    }

    /// The versions of a secret, oldest first.
    pub(super) fn versions(&self, row: &SecretRow) -> Value {
        let editions = row.managed.iter().flat_map(|managed| &managed.editions);
        let shown = editions.filter_map(|edition| self.version(row, edition));
        Value::Array(shown.collect())
    }

    /// One version, as it stands in the list of a secret's versions.
    pub(super) fn version(&self, row: &SecretRow, edition: &Edition) -> Option<Value> {
        let managed = row.managed.as_deref()?;
        let version = row.version(edition.number)?;
        let digits = if managed.kind == Kind::Certificate { 9 } else { 0 };
        let mut shown = json!({
            "created_by": edition.created_by,
            "creation_date": version.created.with_digits(digits),
            "downloaded": edition.downloaded,
            "id": edition.id.to_string(),
            "payload_available": row.is_available(edition.number, self.now),
        });
        if !edition.custom.is_empty() || managed.kind == Kind::ServiceKey {
            shown["version_custom_metadata"] = object(&edition.custom);
        }
        if matches!(managed.kind, Kind::ApiKey | Kind::Credentials) {
            shown["auto_rotated"] = edition.auto_rotated.into();
        }
        if let Some(certificate) = &edition.certificate {
            extend(&mut shown, certificate_dates(certificate));
        }
        extend(&mut shown, issued::version(row, edition.number));
        if let Some(issuance) = row.private_issuance() {
            let (state, description) = self.version_state(row, edition.number);
            shown["auto_rotated"] = edition.auto_rotated.into();
            shown["state"] = state.into();
            shown["state_description"] = description.into();
            extend(&mut shown, private::revocation(issuance, edition.number));
        }
        Some(shown)
    }

    /// One version by itself: `id` is the secret's here, `version_id` its own.
    pub(super) fn version_alone(&self, row: &SecretRow, edition: &Edition) -> Option<Value> {
        let mut shown = self.version(row, edition)?;
        shown["id"] = row.id().to_string().into();
        shown["version_id"] = edition.id.to_string().into();
        shown["version_custom_metadata"] = object(&edition.custom);
        shown["locks_total"] = edition.locks.len().into();
        Some(shown)
    }

    /// A secret's rotation policy, in a list of none or one.
    pub(super) fn policies(&self, row: &SecretRow) -> Value {
        let policy = row.managed.as_ref().and_then(|managed| managed.policy.as_ref());
        let policies: Vec<_> = policy.map(|policy| self.policy(policy)).into_iter().collect();
        json!({ "policies": policies })
    }

    fn policy(&self, policy: &Policy) -> Value {
        let (interval, unit) = match policy.every {
            Interval::Days(days) => (days, "day"),
            Interval::Months(months) => (months, "month"),
        };
        json!({
            "created_by": policy.created_by,
            "creation_date": policy.created.with_digits(0),
            "crn": self.ibm.crn_of(self.instance, "policy", policy.id),
            "id": policy.id.to_string(),
            "last_update_date": policy.updated.with_digits(0),
            "rotation": {"interval": interval, "unit": unit},
            "type": "application/vnd.ibm.secrets-manager.secret.policy+json",
            "updated_by": policy.updated_by,
        })
    }

    /// What locks there are on the current version and the one before.
    pub(super) fn locked(&self, row: &SecretRow) -> Value {
        let managed = row.managed.as_deref();
        let versions: Vec<_> = managed.map(aliased).unwrap_or_default();
        let versions = versions.into_iter().map(|(alias, edition)| {
            let names: Vec<_> = edition.locks.iter().map(|lock| &lock.name).collect();
            json!({
                "alias": alias,
                "id": edition.id.to_string(),
                "locks": names,
                "payload_available": row.is_available(edition.number, self.now),
            })
        });
        json!({
            "secret_group_id": self.group_name(),
            "secret_id": row.id().to_string(),
            "versions": versions.collect::<Vec<_>>(),
        })
    }

    pub(super) fn lock(&self, row: &SecretRow, alias: &str, edition: &Edition, lock: &Lock) -> Value {
        let mut shown = json!({
            "attributes": object(&lock.attributes),
            "created_by": lock.created_by,
            "creation_date": lock.created.with_digits(6),
            "last_update_date": lock.updated.with_digits(6),
            "name": lock.name,
            "secret_group_id": self.group_name(),
            "secret_id": row.id().to_string(),
            "secret_version_alias": alias,
            "secret_version_id": edition.id.to_string(),
        });
        if let Some(description) = &lock.description {
            shown["description"] = description.as_str().into();
        }
        shown
    }

    fn group_name(&self) -> String {
        self.group.map_or("default".into(), |group| group.to_string())
    }
}

/// The current version and the one before, with their aliases.
pub(super) fn aliased(managed: &Managed) -> Vec<(&'static str, &Edition)> {
    let current = managed.current().map(|edition| ("current", edition));
    let previous = managed.previous().map(|edition| ("previous", edition));
    current.into_iter().chain(previous).collect()
}

/// What secrets of its kind show beside the rest.
fn kind_fields(managed: &Managed) -> Value {
    let mut fields = json!({});
    // Service credentials say it of their version.
    if let Some(expires) = managed.expires.filter(|_| managed.kind != Kind::ServiceKey) {
        fields["expiration_date"] = expires.with_digits(0).into();
    }
    if let Some(policy) = &managed.policy {
        fields["next_rotation_date"] = policy.next.with_digits(0).into();
    }
    let certificate = managed.current().and_then(|edition| edition.certificate.as_ref());
    if let Some(certificate) = certificate.filter(|_| managed.kind == Kind::Certificate) {
        extend(&mut fields, certificate_dates(certificate));
        extend(&mut fields, certificate_names(certificate));
    }
    fields
}

pub(super) fn certificate_dates(certificate: &Certificate) -> Value {
    let (from, to) = (
        certificate.not_before.with_digits(0),
        certificate.not_after.with_digits(0),
    );
    json!({
        "expiration_date": to,
        "serial_number": certificate.serial_number,
        "validity": {"not_after": to, "not_before": from},
    })
}

fn certificate_names(certificate: &Certificate) -> Value {
    let mut names = json!({
        "algorithm": certificate.algorithm,
        "common_name": certificate.common_name,
        "intermediate_included": certificate.intermediate_included,
        "issuer": certificate.issuer,
        "key_algorithm": certificate.key_algorithm,
        "private_key_included": certificate.private_key_included,
    });
    if !certificate.alt_names.is_empty() {
        names["alt_names"] = certificate.alt_names.clone().into();
    }
    names
}

pub(super) fn extend(object: &mut Value, fields: Value) {
    if let (Value::Object(object), Value::Object(fields)) = (object, fields) {
        object.extend(fields);
    }
}

/// A stored JSON object; empty text stands for an empty one.
pub(super) fn object(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::Object(Map::new()))
}

/// The object with `secret_data` behind its other fields, in a buffer that is zeroized. The value is as it was sealed.
pub(super) fn with_secret_data(
    object: Value,
    kind: Kind,
    value: Option<&[u8]>,
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let object = object.to_string();
    let Some(value) = value else {
        return Ok(Zeroizing::new(object.into_bytes()));
    };
    let mut json = Zeroizing::new(Vec::with_capacity(object.len() + value.len() * 2 + 64));
    json.extend_from_slice(object.strip_suffix('}').unwrap_or(&object).as_bytes());
    json.extend_from_slice(br#","secret_data":"#);
    match kind {
        Kind::ApiKey
        | Kind::Certificate
        | Kind::Credentials
        | Kind::PrivateCertificate
        | Kind::PublicCertificate
        | Kind::ServiceKey => json.extend_from_slice(value),
        Kind::KeyValue => {
            json.extend_from_slice(br#"{"payload":"#);
            json.extend_from_slice(value);
            json.push(b'}');
        }
        Kind::Arbitrary => {
            let text = std::str::from_utf8(value)
                .map_err(|_| EngineError::Damaged("a stored payload is no text".into()))?;
            json.extend_from_slice(br#"{"payload":"#);
            // Writing a string to a vector can't fail.
            let _ = serde_json::to_writer(&mut *json, text);
            json.push(b'}');
        }
    }
    json.push(b'}');
    Ok(json)
}
