use super::fault::Fault;
use super::{Call, check_name, respond};
use crate::api::vault::{Response, no_content, query_pairs};
use crate::auth::Capability;
use crate::auth::iam::provider::{NewServiceId, ServiceId};
use crate::auth::iam::{Role, Scope};
use crate::engine::collection::CollectionId;
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Body {
    account_id: Option<String>,
    name: String,
    description: Option<String>,
    #[serde(default)]
    roles: Vec<RoleIn>,
}

/// What IBM keeps in access policies.
#[derive(Deserialize)]
struct RoleIn {
    role: Role,
    group: Option<CollectionId>,
}

impl Call<'_> {
    pub(super) async fn service_ids(&self, capability: Capability) -> Result<Response, Fault> {
        match capability {
            Capability::Read => self.list_service_ids(),
            Capability::Update => self.create_service_id().await,
            _ => Err(Fault::no_method()),
        }
    }

    pub(super) async fn service_id(&self, capability: Capability, id: &str) -> Result<Response, Fault> {
        let provider = &self.app.identity;
        match capability {
            Capability::Read => Ok(respond(StatusCode::OK, &self.show(&provider.service_id(id)?))),
            Capability::Delete => {
                let (provider, id) = (provider.clone(), id.to_owned());
                let delete = async move { provider.delete_service_id(&id).await };
                self.app.detached(delete).await?;
                Ok(no_content())
            }
            _ => Err(Fault::no_method()),
        }
    }

    fn list_service_ids(&self) -> Result<Response, Fault> {
        let name = query_pairs(self.request.uri()).find(|(key, _)| key == "name");
        let services = self.app.identity.service_ids()?;
        let shown: Vec<_> = services
            .iter()
            .filter(|service| name.as_ref().is_none_or(|(_, name)| service.name == *name))
            .map(|service| self.show(service))
            .collect();
        let body = json!({"limit": shown.len(), "offset": 0, "serviceids": shown});
        Ok(respond(StatusCode::OK, &body))
    }

    async fn create_service_id(&self) -> Result<Response, Fault> {
        let body: Body = self.body()?;
        self.check_account(body.account_id.as_deref())?;
        check_name(&body.name)?;
        let roles = body.roles.iter().map(|given| {
            let scope = given.group.map_or(Scope::Instance, Scope::Group);
            (given.role, scope)
        });
        let new = NewServiceId {
            name: body.name,
            description: body.description,
            roles: roles.collect(),
            groups: Vec::new(),
        };
        let provider = self.app.identity.clone();
        let create = async move { provider.create_service_id(new).await };
        let made = self.app.detached(create).await?;
        Ok(respond(StatusCode::CREATED, &self.show(&made)))
    }

    fn show(&self, service: &ServiceId) -> Value {
        let (account, created) = (self.app.identity.account(), service.created.with_digits(0));
        let roles = service.roles.iter().map(|(role, scope)| match scope {
            Scope::Instance => json!({"role": role}),
            Scope::Group(group) => json!({"role": role, "group": group}),
        });
        json!({
            "id": service.id(),
            "iam_id": service.iam_id(),
            "entity_tag": "1",
            "crn": format!("crn:v1:bluemix:public:iam-identity::a/{account}::serviceid:{}", service.id()),
            "locked": false,
            "created_at": created,
            "modified_at": created,
            "account_id": account,
            "name": service.name,
            "description": service.description.as_deref().unwrap_or(""),
            "roles": roles.collect::<Vec<_>>(),
        })
    }
}
