use super::fault::Fault;
use super::{Call, check_name, respond};
use crate::api::vault::{Response, no_content, query_pairs};
use crate::auth::Capability;
use crate::auth::iam::provider::{ApiKey, NewApiKey};
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Body {
    account_id: Option<String>,
    name: String,
    description: Option<String>,
    iam_id: String,
}

impl Call<'_> {
    pub(super) async fn api_keys(&self, capability: Capability) -> Result<Response, Fault> {
        match capability {
            Capability::Read => self.list_api_keys(),
            Capability::Update => self.create_api_key().await,
            _ => Err(Fault::no_method()),
        }
    }

    pub(super) async fn api_key(&self, capability: Capability, id: &str) -> Result<Response, Fault> {
        let provider = &self.app.identity;
        match capability {
            Capability::Read => {
                let shown = self.show_api_key(&provider.api_key(id)?, "");
                Ok(respond(StatusCode::OK, &shown))
            }
            Capability::Delete => {
                let (provider, id) = (provider.clone(), id.to_owned());
                let delete = async move { provider.delete_api_key(&id).await };
                self.app.detached(delete).await?;
                Ok(no_content())
            }
            _ => Err(Fault::no_method()),
        }
    }

    fn list_api_keys(&self) -> Result<Response, Fault> {
        let provider = &self.app.identity;
        let iam_id = query_pairs(self.request.uri()).find(|(key, _)| key == "iam_id");
        let service = iam_id.map(|(_, id)| provider.service_id(&id)).transpose()?;
        let keys = provider.api_keys(service.as_ref())?;
        let shown: Vec<_> = keys.iter().map(|key| self.show_api_key(key, "")).collect();
        let body = json!({"limit": shown.len(), "offset": 0, "apikeys": shown});
        Ok(respond(StatusCode::OK, &body))
    }

    async fn create_api_key(&self) -> Result<Response, Fault> {
        let body: Body = self.body()?;
        self.check_account(body.account_id.as_deref())?;
        check_name(&body.name)?;
        let new = NewApiKey {
            name: body.name,
            description: body.description,
            author: self.identity.record().display_name.clone(),
            expires: None,
        };
        let provider = self.app.identity.clone();
        let create = async move { provider.create_api_key(&body.iam_id, new).await };
        let (made, text) = self.app.detached(create).await?;
        Ok(respond(StatusCode::CREATED, &self.show_api_key(&made, &text)))
    }

    /// With the key's text where it was just made, else with an empty one as IBM does.
    fn show_api_key(&self, key: &ApiKey, text: &str) -> Value {
        let (account, created) = (self.app.identity.account(), key.created.with_digits(0));
        json!({
            "id": key.id(),
            "entity_tag": "1",
            "crn": format!("crn:v1:bluemix:public:iam-identity::a/{account}::apikey:{}", key.id()),
            "locked": false,
            "disabled": false,
            "created_at": created,
            "modified_at": created,
            "created_by": key.created_by,
            "name": key.name,
            "description": key.description.as_deref().unwrap_or(""),
            "iam_id": key.iam_id(),
            "account_id": account,
            "apikey": text,
        })
    }
}
