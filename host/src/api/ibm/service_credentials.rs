//! The credentials of services, made with the secret. A service beyond IBM's is this instance itself, which gives tokens.

use super::body::{Body, invalid, missing};
use super::rules::{self, MAX_CUSTOM};
use super::show::with_secret_data;
use super::{Call, Group};
use crate::api::vault::{self, Fault, Response};
use crate::auth::iam::{Role, Scope};
use crate::engine::managed::{Kind, LeaseTerms};
use crate::engine::span::Span;
use crate::issuers::{Service, Want};
use serde_json::Value;

impl Call<'_> {
    pub(super) async fn create_service_credentials(
        &self,
        body: &Body<'_>,
        group: &Group,
    ) -> Result<Response, Fault> {
        let name = rules::required_name(body)?;
        let terms = LeaseTerms {
            want: Want::ServiceKey(self.service(body, group)?),
            ttl: ttl(body)?,
            reuse: true,
            held: Vec::new(),
        };
        let new = self.described(body, Kind::ServiceKey, name)?;
        let (engine, issuers) = (self.app.engine.clone(), self.app.ibm.issuers.clone());
        let collections = (self.instance.id(), group.collection.id());
        let made = async move { engine.create_issued(collections, new, terms, &*issuers).await };
        let (row, value) = self.app.finished(made).await?;
        let shown = self.show(group).as_made(&row);
        Ok(vault::data(&with_secret_data(
            shown,
            Kind::ServiceKey,
            Some(&value),
        )?))
    }

    fn service(&self, body: &Body<'_>, group: &Group) -> Result<Service, Fault> {
        let text = |name: &str| {
            let said = body.text(name)?.filter(|text| !text.is_empty());
            said.ok_or_else(|| missing(name))
        };
        let (source_crn, role) = (text("source_crn")?, text("role")?);
        let policy = match source_crn == self.app.ibm.crn(self.instance.id()) {
            true => Some(self.own_policy(&role, group)?),
            false => None,
        };
        let parameters = body.object("parameters", MAX_CUSTOM)?;
        Ok(Service {
            source_crn,
            role,
            parameters: parameters.unwrap_or_else(|| "{}".into()),
            policy,
        })
    }

    /// The policy that stands for a role in the secret's group, or in the whole instance for a secret of the default
    /// group. Nobody gives away what they do not have.
    fn own_policy(&self, role: &str, group: &Group) -> Result<String, Fault> {
        let name = role.rsplit(':').next().unwrap_or_default();
        let role: Role = name.parse().map_err(Fault::bad_request)?;
        let scope = group.id.map_or(Scope::Instance, Scope::Group);
        let policy = |scope: Scope, role| scope.policy(role).ok_or_else(Fault::not_found);
        let held = &self.identity.record().policies;
        let mut more = Role::ALL.into_iter().filter(|more| *more >= role);
        let has = more.any(|more| {
            [Scope::Instance, scope]
                .into_iter()
                .any(|scope| policy(scope, more).is_ok_and(|policy| held.contains(&policy)))
        });
        if !has && !held.iter().any(|policy| policy.is_root()) {
            return Err(Fault::forbidden());
        }
        Ok(policy(scope, role)?.as_str().to_owned())
    }
}

/// How long the credentials live; none or zero for as long as the secret.
fn ttl(body: &Body<'_>) -> Result<Option<Span>, Fault> {
    let span = match body.value("ttl")? {
        None => return Ok(None),
        Some(Value::String(text)) if text.is_empty() => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        Some(number) => number.as_i64().map(Span::from_secs),
    };
    match span {
        Some(Span::ZERO) => Ok(None),
        Some(span) if span > Span::ZERO => Ok(Some(span)),
        _ => Err(invalid("ttl", "seconds or a duration such as 90d")),
    }
}
