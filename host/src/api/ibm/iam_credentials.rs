//! API keys of an identity provider, made when somebody reads the secret: `roles`, `creds` and the usual spelling.

use super::body::{Body, invalid, missing};
use super::route::{GroupName, ROOT_CONFIG, Route, SecretRoute};
use super::show::{extend, object};
use super::versions::which;
use super::{Call, Group, rules};
use crate::api::vault::{self, Fault, Response, no_content};
use crate::auth::Capability;
use crate::engine::managed::{Kind, LeaseChange, LeaseTerms};
use crate::engine::secret::SecretRow;
use crate::engine::span::Span;
use crate::issuers::{Holder, Want};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// How long API keys may live: a minute to 90 days.
const TTL: (Span, Span) = (Span::from_secs(60), Span::from_secs(90 * 86_400));
const MAX_GROUPS: usize = 10;

impl Call<'_> {
    pub(super) fn list_roles(&self, route: &Route, group: Option<&GroupName>) -> Result<Response, Fault> {
        self.list_secrets(route, Kind::ApiKey, group)
    }

    pub(super) async fn create_role(&self, group: &GroupName, name: &str) -> Result<Response, Fault> {
        let list = Route::Roles(Some(group.clone())).policy_path();
        self.authorise(&[Capability::Create, Capability::Update], &list)?;
        let body = Body::parse(self.request.body())?;
        self.create_credentials(&body, &self.group(group)?, Some(name))
            .await
    }

    pub(super) async fn delete_role(
        &self,
        route: &Route,
        group: &GroupName,
        name: &str,
    ) -> Result<Response, Fault> {
        self.authorise(&[Capability::Delete], &route.policy_path())?;
        self.delete_secret(group, Kind::ApiKey, name).await
    }

    /// Makes a secret: under the name in the path, or else that in the body.
    pub(super) async fn create_credentials(
        &self,
        body: &Body<'_>,
        group: &Group,
        named: Option<&str>,
    ) -> Result<Response, Fault> {
        let name = match (named, body.text("name")?) {
            (Some(named), Some(said)) if said != named => {
                return Err(invalid("name", "the same as in the path, or left out"));
            }
            (Some(named), _) => named.to_owned(),
            (None, said) => said.ok_or_else(|| missing("name"))?,
        };
        rules::secret_name(&name)?;
        let terms = LeaseTerms {
            want: Want::ApiKey(self.holder(body)?),
            ttl: Some(ttl(body)?.ok_or_else(|| missing("ttl"))?),
            reuse: body.flag("reuse_api_key")?.unwrap_or(false),
            held: Vec::new(),
        };
        let new = self.described(body, Kind::ApiKey, name)?;
        let (engine, collection) = (self.app.engine.clone(), group.collection.id());
        let made = async move { engine.create_leased(collection, new, terms).await };
        let row = self.app.finished(made).await?;
        let shown = self.show(group).metadata(&row);
        Ok(vault::data(shown.to_string().as_bytes()))
    }

    /// Whom keys stand for. A service id that is there already may be anybody's, so that naming it takes the right to
    /// configure issuers.
    fn holder(&self, body: &Body<'_>) -> Result<Holder, Fault> {
        let service_id = body.text("service_id")?.filter(|id| !id.is_empty());
        match (body.list("access_groups")?, service_id) {
            (Some(_), Some(_)) => Err(Fault::bad_request("give access_groups or service_id, not both")),
            (None, Some(id)) => {
                self.authorise(&[Capability::Update], ROOT_CONFIG)?;
                Ok(Holder::ServiceId(id))
            }
            (Some(named), None) => Ok(Holder::Groups(groups(named)?)),
            (None, None) => Err(missing("access_groups")),
        }
    }

    pub(super) async fn read_credentials(
        &self,
        route: &Route,
        group: &GroupName,
        name: &str,
    ) -> Result<Response, Fault> {
        self.authorise(&[Capability::Read], &route.policy_path())?;
        self.credentials(group, name).await
    }

    pub(super) async fn credentials(&self, group: &GroupName, name: &str) -> Result<Response, Fault> {
        let group = self.group(group)?;
        let found = self.find(&group, Kind::ApiKey, name)?;
        let (engine, issuers) = (self.app.engine.clone(), self.app.ibm.issuers.clone());
        let (instance, author) = (self.instance.id(), self.author());
        let reading = async move { engine.lease(instance, &found, &author, &*issuers).await };
        let (row, value) = self.app.finished(reading).await?;
        self.show_credentials(&group, &row, &value)
    }

    pub(super) async fn rotate_credentials(&self, secret: &SecretRoute) -> Result<Response, Fault> {
        let (group, found, _) = self.found(&secret.group, secret.kind, &secret.name)?;
        let (engine, issuers) = (self.app.engine.clone(), self.app.ibm.issuers.clone());
        let (instance, author) = (self.instance.id(), self.author());
        let rotate = async move { engine.renew_lease(instance, &found, &author, &*issuers).await };
        let (row, value) = self.app.finished(rotate).await?;
        self.show_credentials(&group, &row, &value)
    }

    pub(super) async fn restore_credentials(&self, secret: &SecretRoute) -> Result<Response, Fault> {
        let body = Body::parse(self.request.body())?;
        let version = body.text("version_id")?.ok_or_else(|| missing("version_id"))?;
        let (group, found, _) = self.found(&secret.group, secret.kind, &secret.name)?;
        let (engine, author, version) = (self.app.engine.clone(), self.author(), which(&version)?);
        let restore = async move { engine.restore_lease(&found, version, &author).await };
        let (row, value) = self.app.finished(restore).await?;
        self.show_credentials(&group, &row, &value)
    }

    pub(super) async fn delete_credentials(&self, secret: &SecretRoute) -> Result<Response, Fault> {
        if secret.kind != Kind::ApiKey {
            return Err(Fault::bad_request("only iam_credentials have API keys to delete"));
        }
        let body = Body::parse(self.request.body())?;
        let id = body.text("api_key_id")?.ok_or_else(|| missing("api_key_id"))?;
        let (_, found, _) = self.found(&secret.group, secret.kind, &secret.name)?;
        let (engine, issuers) = (self.app.engine.clone(), self.app.ibm.issuers.clone());
        let delete = async move {
            engine
                .revoke_credentials(&found, ("api_key_id", &id), &*issuers)
                .await
        };
        self.app.finished(delete).await?;
        Ok(no_content())
    }

    /// A secret's metadata with the credentials beside its other fields.
    fn show_credentials(&self, group: &Group, row: &SecretRow, value: &[u8]) -> Result<Response, Fault> {
        let mut shown = self.show(group).metadata(row);
        let text = std::str::from_utf8(value).map_err(|_| Fault::not_found())?;
        extend(&mut shown, object(text));
        let shown = Zeroizing::new(shown.to_string());
        Ok(vault::data(shown.as_bytes()))
    }

    /// Stores the API key that issuers are asked with; it is never answered.
    pub(super) async fn write_root_config(&self, route: &Route) -> Result<Response, Fault> {
        self.authorise(&[Capability::Update], &route.policy_path())?;
        let key = Body::parse(self.request.body())?.required_secret("api_key")?;
        let (engine, instance) = (self.app.engine.clone(), self.instance.id());
        let write = async move { engine.set_issuer_key(instance, key).await };
        self.app.finished(write).await?;
        Ok(vault::Envelope::new().respond(hyper::StatusCode::OK))
    }

    pub(super) async fn read_root_config(&self, route: &Route) -> Result<Response, Fault> {
        self.authorise(&[Capability::Read], &route.policy_path())?;
        let key = self.app.engine.issuer_key(self.instance.id()).await?;
        let key = key.ok_or_else(Fault::not_found)?;
        let hash = hex::encode(Sha256::digest(key.as_bytes()));
        Ok(vault::data(json!({"api_key_hash": hash}).to_string().as_bytes()))
    }
}

/// What a body changes of how keys are made from now on.
pub(super) fn change(body: &Body<'_>) -> Result<LeaseChange, Fault> {
    Ok(LeaseChange {
        ttl: ttl(body)?,
        groups: body.list("access_groups")?.map(groups).transpose()?,
    })
}

fn groups(groups: Vec<String>) -> Result<Vec<String>, Fault> {
    let distinct: BTreeSet<_> = groups.iter().collect();
    match (1..=MAX_GROUPS).contains(&groups.len()) && distinct.len() == groups.len() {
        true if groups.iter().all(|group| !group.is_empty()) => Ok(groups),
        _ => Err(invalid(
            "access_groups",
            "the identifiers of 1 to 10 access groups, each once",
        )),
    }
}

/// How long keys live: seconds, or a text such as `30m`.
fn ttl(body: &Body<'_>) -> Result<Option<Span>, Fault> {
    let span = match body.value("ttl")? {
        None => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        Some(number) => number.as_i64().map(Span::from_secs),
    };
    let (least, most) = TTL;
    let span = span.filter(|span| (least..=most).contains(span));
    span.map(Some).ok_or_else(|| {
        invalid(
            "ttl",
            "seconds or a duration such as 30m, from one minute to 90 days",
        )
    })
}
