//! Secrets: create, list, read, describe, rotate, delete.

use super::body::{Body, invalid};
use super::certificate;
use super::iam_credentials;
use super::page::Page;
use super::route::{GroupName, Part, Route, SecretRoute, list_path, type_name};
use super::rules::{self, MAX_CUSTOM};
use super::show::{Show, with_secret_data};
use super::{Action, Call, Group};
use crate::api::okms::value;
use crate::api::vault::Fault;
use crate::api::vault::{self, Envelope, Response};
use crate::auth::Capability;
use crate::engine::EngineError;
use crate::engine::clock::Time;
use crate::engine::collection::CollectionId;
use crate::engine::managed::{
    Credentials, Description, Found, Kind, LeaseChange, ListQuery, NewEdition, NewSecret, Order, Rotation,
};
use crate::engine::secret::SecretRow;
use hyper::StatusCode;
use serde_json::json;
use zeroize::Zeroizing;

/// Bytes of an arbitrary payload at most.
pub(super) const MAX_ARBITRARY: usize = 1024 * 1024;
/// Bytes of a key-value payload at most, as JSON.
pub(super) const MAX_KV: usize = 512 * 1024;
/// Secrets on a page where the request does not say, and at most.
const PAGE: (usize, usize) = (200, 5000);

/// A value to be sealed and what is known of it.
struct NewValue {
    value: Zeroizing<Vec<u8>>,
    edition: NewEdition,
    expires: Option<Time>,
}

impl Call<'_> {
    pub(super) async fn secret(
        &self,
        route: &Route,
        secret: &SecretRoute,
        action: Action,
    ) -> Result<Response, Fault> {
        use Action::{Delete, List, Read, Write};
        let (capability, path) = match action {
            Read => (Capability::Read, route.policy_path()),
            List => (Capability::List, route.policy_path()),
            Write => (Capability::Update, route.policy_path()),
            Delete => (Capability::Delete, route.policy_path()),
            Action::Patch => return Err(Fault::no_method()),
        };
        let known = match secret.part {
            Part::Whole => matches!(action, Read | Delete),
            Part::Metadata | Part::Policies | Part::VersionMetadata(_) => matches!(action, Read | Write),
            Part::DeleteCredentials
            | Part::Restore
            | Part::Revoke
            | Part::Rotate
            | Part::ValidateDns
            | Part::VersionRevoke(_) => action == Write,
            Part::Versions => matches!(action, Read | List),
            Part::Version(_) => action == Read,
        };
        if !known {
            return Err(Fault::no_method());
        }
        self.authorise(&[capability], &path)?;
        match (&secret.part, action) {
            (Part::Whole, Delete) => self.delete_secret(&secret.group, secret.kind, &secret.name).await,
            (Part::Whole, _) if secret.kind == Kind::ApiKey => {
                self.credentials(&secret.group, &secret.name).await
            }
            (Part::DeleteCredentials, _) => self.delete_credentials(secret).await,
            (Part::Whole, _) => self.read_secret(secret).await,
            (Part::Metadata, Write) => self.write_metadata(secret).await,
            (Part::Metadata, _) => self.read_metadata(secret),
            (Part::Policies, Write) => self.write_policies(secret).await,
            (Part::Policies, _) => self.read_policies(secret),
            (Part::Restore, _) if secret.kind == Kind::ApiKey => self.restore_credentials(secret).await,
            (Part::Restore, _) => self.restore_secret(secret),
            (Part::Rotate, _) if secret.kind == Kind::ApiKey => self.rotate_credentials(secret).await,
            (Part::ValidateDns, _) => self.validate_dns(secret).await,
            (Part::Rotate, _) if secret.kind == Kind::PublicCertificate => self.reorder(secret).await,
            (Part::Revoke, _) if secret.kind == Kind::PublicCertificate => self.revoke_public(secret).await,
            (Part::Revoke, _) => self.revoke_secret(secret, None).await,
            (Part::VersionRevoke(version), _) => self.revoke_secret(secret, Some(version)).await,
            (Part::Rotate, _) if secret.kind == Kind::PrivateCertificate => self.reissue(secret).await,
            (Part::Rotate, _) => self.rotate_secret(secret).await,
            (Part::Versions, _) => self.list_versions(secret),
            (Part::Version(version), _) => self.read_version(secret, version).await,
            (Part::VersionMetadata(version), Write) => self.write_version(secret, version).await,
            (Part::VersionMetadata(version), _) => self.read_version_metadata(secret, version),
        }
    }

    pub(super) async fn create_secret(
        &self,
        route: &Route,
        kind: Kind,
        group: Option<&GroupName>,
    ) -> Result<Response, Fault> {
        self.authorise(&[Capability::Create, Capability::Update], &route.policy_path())?;
        let body = Body::parse(self.request.body())?;
        let group = self.group(group.unwrap_or(&GroupName::Default))?;
        match kind {
            Kind::ApiKey => return self.create_credentials(&body, &group, None).await,
            Kind::PrivateCertificate => return self.issue(&body, &group).await,
            Kind::PublicCertificate => return self.order_certificate(&body, &group).await,
            Kind::ServiceKey => return self.create_service_credentials(&body, &group).await,
            _ => {}
        }
        let name = rules::required_name(&body)?;
        let new = self.new_value(&body, kind, false).await?;
        let secret = NewSecret {
            expires: new.expires,
            value: new.value.clone(),
            edition: new.edition,
            ..self.described(&body, kind, name)?
        };
        let (engine, collection) = (self.app.engine.clone(), group.collection.id());
        let made = async move { engine.create(collection, secret).await };
        let row = self.app.finished(made).await?;
        let shown = self.show(&group).as_made(&row);
        // As in IBM's answers: what was imported is not sent back.
        let value = (kind != Kind::Certificate).then_some(&new.value);
        Ok(vault::data(&with_secret_data(
            shown,
            kind,
            value.map(|value| value.as_slice()),
        )?))
    }

    /// A secret to be made, of which the body says no more than what all have.
    pub(super) fn described(&self, body: &Body<'_>, kind: Kind, name: String) -> Result<NewSecret, Fault> {
        let custom = body.object("version_custom_metadata", MAX_CUSTOM)?;
        let edition = NewEdition {
            custom: custom.unwrap_or_default(),
            ..NewEdition::by(&self.author())
        };
        Ok(NewSecret {
            description: rules::description(body)?.flatten(),
            labels: rules::labels(body)?.unwrap_or_default(),
            custom: body.object("custom_metadata", MAX_CUSTOM)?.unwrap_or_default(),
            ..NewSecret::new(kind, name, Zeroizing::default(), edition)
        })
    }

    /// The value in a body. Of credentials that replace others only the password counts.
    async fn new_value(&self, body: &Body<'_>, kind: Kind, replaces: bool) -> Result<NewValue, Fault> {
        let custom = body.object("version_custom_metadata", MAX_CUSTOM)?;
        let mut edition = NewEdition::by(&self.author());
        edition.custom = custom.unwrap_or_default();
        let mut expires = None;
        let value = match kind {
            Kind::Arbitrary => arbitrary(body)?,
            Kind::KeyValue => key_value(body)?,
            Kind::Credentials => {
                let username = if replaces { String::new() } else { username(body)? };
                let password = self.password(body).await?.to_string();
                Credentials { username, password }.to_value()?
            }
            Kind::Certificate => {
                let (value, facts) = certificate::parse(body, self.app.engine.now())?;
                expires = Some(facts.not_after);
                edition.certificate = Some(facts);
                value
            }
            Kind::ApiKey | Kind::PrivateCertificate | Kind::PublicCertificate | Kind::ServiceKey => {
                let kind = type_name(kind);
                return Err(Fault::bad_request(format!(
                    "{kind} secrets can't be rotated like that"
                )));
            }
        };
        if matches!(kind, Kind::Arbitrary | Kind::Credentials) {
            expires = body.date("expiration_date")?.flatten();
        }
        Ok(NewValue {
            value,
            edition,
            expires,
        })
    }

    /// The password in a body, or one that is generated.
    async fn password(&self, body: &Body<'_>) -> Result<Zeroizing<String>, Fault> {
        match body.secret("password")?.filter(|password| !password.is_empty()) {
            None => Ok(self.app.engine.generate_password().await?),
            Some(password) if (6..=256).contains(&password.chars().count()) => Ok(password),
            Some(_) => Err(invalid("password", "6 to 256 characters")),
        }
    }

    pub(super) fn list_secrets(
        &self,
        route: &Route,
        kind: Kind,
        group: Option<&GroupName>,
    ) -> Result<Response, Fault> {
        let (usual, max) = PAGE;
        let page = Page::of(self.request, usual, max)?;
        let names = match route {
            Route::Roles(_) => ("roles", "roles_total"),
            _ => ("secrets", "secrets_total"),
        };
        let order = match page.sort_by.as_str() {
            "" | "creation_date" => Order::Made,
            "name" => Order::Name,
            _ => return Err(invalid("sort_by", "creation_date or name")),
        };
        let query = ListQuery {
            search: page.search,
            offset: page.offset,
            limit: page.limit,
            order,
        };
        let collections = match group {
            Some(group) => {
                self.authorise(&[Capability::Read, Capability::List], &route.policy_path())?;
                Some(vec![self.group(group)?.collection.id()])
            }
            None => self.readable_groups(kind)?,
        };
        let listed = self.app.engine.listed(kind, collections.as_deref(), &query)?;
        let secrets: Vec<_> = listed
            .page
            .iter()
            .zip(&listed.collections)
            .map(|(row, &collection)| self.show_in(collection).metadata(row))
            .collect();
        let data = json!({names.0: secrets, names.1: listed.total});
        Ok(vault::data(data.to_string().as_bytes()))
    }

    /// The groups whose lists the caller may see; `None` for all of them.
    fn readable_groups(&self, kind: Kind) -> Result<Option<Vec<CollectionId>>, Fault> {
        let any = [Capability::Read, Capability::List];
        let may = |group: &str| self.authorise(&any, &list_path(kind, group)).is_ok();
        let titled = self.all_titled();
        let default = may("default").then_some(self.instance.id());
        let readable = titled
            .iter()
            .map(|group| group.id())
            .filter(|id| may(&id.to_string()));
        let readable: Vec<_> = default.into_iter().chain(readable).collect();
        match readable.len() {
            0 => Err(Fault::forbidden()),
            all if all > titled.len() => Ok(None),
            _ => Ok(Some(readable)),
        }
    }

    async fn read_secret(&self, secret: &SecretRoute) -> Result<Response, Fault> {
        let group = self.group(&secret.group)?;
        let found = self.find(&group, secret.kind, &secret.name)?;
        let row = self.app.engine.describe(&found)?;
        if row.current == 0 {
            // Its first value has been ordered and has not come.
            let shown = self.show(&group).whole(&row);
            return Ok(vault::data(shown.to_string().as_bytes()));
        }
        let (engine, wanted) = (self.app.engine.clone(), found.clone());
        let reading = async move { engine.download(&wanted, 0).await };
        let (row, value) = self.app.finished(reading).await?;
        let shown = self.show(&group).whole(&row);
        let value = value.as_ref().map(|value| value.as_slice());
        Ok(vault::data(&with_secret_data(shown, secret.kind, value)?))
    }

    fn read_metadata(&self, secret: &SecretRoute) -> Result<Response, Fault> {
        let (group, _, row) = self.found(&secret.group, secret.kind, &secret.name)?;
        let shown = self.show(&group).metadata(&row);
        Ok(vault::data(shown.to_string().as_bytes()))
    }

    async fn write_metadata(&self, secret: &SecretRoute) -> Result<Response, Fault> {
        let body = Body::parse(self.request.body())?;
        let change = description_of(&body, secret.kind)?;
        let (group, found, _) = self.found(&secret.group, secret.kind, &secret.name)?;
        let engine = self.app.engine.clone();
        let redescribe = async move { engine.redescribe(&found, change).await };
        let row = self.app.finished(redescribe).await?;
        let shown = self.show(&group).metadata(&row);
        Ok(vault::data(shown.to_string().as_bytes()))
    }

    /// Only the versions of `iam_credentials` can be restored, says IBM.
    fn restore_secret(&self, secret: &SecretRoute) -> Result<Response, Fault> {
        self.found(&secret.group, secret.kind, &secret.name)?;
        let kind = type_name(secret.kind);
        Err(Fault::bad_request(format!(
            "versions of {kind} secrets can't be restored; read the previous one and rotate with its value"
        )))
    }

    async fn rotate_secret(&self, secret: &SecretRoute) -> Result<Response, Fault> {
        let kind = secret.kind;
        let body = Body::parse(self.request.body())?;
        let (group, found, _) = self.found(&secret.group, kind, &secret.name)?;
        let new = self.new_value(&body, kind, true).await?;
        let rotation = Rotation {
            edition: new.edition,
            expires: (kind == Kind::Certificate).then_some(new.expires),
            ..Rotation::default()
        };
        let (row, value) = self.rotated(found, kind, rotation, new.value).await?;
        let shown = self.show(&group).whole(&row);
        Ok(vault::data(&with_secret_data(shown, kind, Some(&value))?))
    }

    /// Rotates to the end; answers the new value too, which for credentials has the old name in it.
    async fn rotated(
        &self,
        found: Found,
        kind: Kind,
        rotation: Rotation,
        new: Zeroizing<Vec<u8>>,
    ) -> Result<(SecretRow, Zeroizing<Vec<u8>>), Fault> {
        let engine = self.app.engine.clone();
        let rotate = async move {
            let made = std::sync::Mutex::new(Zeroizing::new(Vec::new()));
            let make = |old: &[u8]| {
                let value = successor(kind, old, &new)?;
                made.lock()
                    .map_err(|_| EngineError::Contended)?
                    .clone_from(&value);
                Ok(value)
            };
            let row = engine.rotate(&found, kind, rotation, make).await?;
            let made = made.into_inner().map_err(|_| EngineError::Contended)?;
            Ok::<_, EngineError>((row, made))
        };
        Ok(self.app.finished(rotate).await?)
    }

    pub(super) async fn delete_secret(
        &self,
        group: &GroupName,
        kind: Kind,
        name: &str,
    ) -> Result<Response, Fault> {
        let found = self.find(&self.group(group)?, kind, name)?;
        let (engine, issuers) = (self.app.engine.clone(), self.app.ibm.issuers.clone());
        let delete = async move {
            engine.delete(&found).await?;
            engine.end_leases_of(found.id, &*issuers).await
        };
        self.app.finished(delete).await?;
        Ok(Envelope::new().respond(StatusCode::OK))
    }

    pub(super) fn show(&self, group: &Group) -> Show<'_> {
        self.show_in(group.id.unwrap_or(self.instance.id()))
    }

    fn show_in(&self, collection: CollectionId) -> Show<'_> {
        Show {
            ibm: &self.app.ibm,
            instance: self.instance.id(),
            group: (collection != self.instance.id()).then_some(collection),
            now: self.app.engine.now(),
        }
    }
}

/// What replaces an old value: credentials keep their name.
fn successor(kind: Kind, old: &[u8], new: &[u8]) -> Result<Zeroizing<Vec<u8>>, EngineError> {
    if kind != Kind::Credentials {
        return Ok(Zeroizing::new(new.to_vec()));
    }
    let mut credentials = Credentials::from_value(old)?;
    credentials
        .password
        .clone_from(&Credentials::from_value(new)?.password);
    credentials.to_value()
}

fn username(body: &Body<'_>) -> Result<String, Fault> {
    let username = body.required_secret("username")?;
    match (2..=64).contains(&username.chars().count()) {
        true => Ok(username.to_string()),
        false => Err(invalid("username", "2 to 64 characters")),
    }
}

fn arbitrary(body: &Body<'_>) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let payload = body.required_secret("payload")?;
    if payload.len() > MAX_ARBITRARY {
        return Err(invalid("payload", "at most 1 MB"));
    }
    Ok(Zeroizing::new(payload.as_bytes().to_vec()))
}

fn key_value(body: &Body<'_>) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let payload = body
        .raw("payload")
        .ok_or_else(|| super::body::missing("payload"))?;
    let payload = value::parse(payload).map_err(|_| invalid("payload", "a JSON object"))?;
    if payload.len() > MAX_KV {
        return Err(invalid("payload", "at most 512 KB"));
    }
    Ok(payload.to_bytes())
}

fn description_of(body: &Body<'_>, kind: Kind) -> Result<Description, Fault> {
    let name = body.text("name")?;
    if let Some(name) = &name {
        rules::secret_name(name)?;
    }
    let expires = body.date("expiration_date")?;
    if expires.is_some() && !matches!(kind, Kind::Arbitrary | Kind::Credentials) {
        let why = "expiration_date can be set on arbitrary and username_password secrets only";
        return Err(Fault::bad_request(why));
    }
    Ok(Description {
        name,
        description: rules::description(body)?,
        labels: rules::labels(body)?,
        custom: body.object("custom_metadata", MAX_CUSTOM)?,
        expires,
        lease: match kind {
            Kind::ApiKey => iam_credentials::change(body)?,
            _ => LeaseChange::default(),
        },
    })
}
