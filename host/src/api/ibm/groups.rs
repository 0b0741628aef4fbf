//! Secret groups: collections with a title.

use super::Call;
use super::body::Body;
use super::route::Route;
use super::rules;
use crate::api::vault::Fault;
use crate::api::vault::{self, Envelope, Response};
use crate::auth::Capability;
use crate::engine::EngineError;
use crate::engine::collection::{Collection, Dialect};
use hyper::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

/// Groups of an instance at most.
const MAX_GROUPS: usize = 200;

impl Call<'_> {
    /// The group with this identifier.
    pub(super) fn titled(&self, id: &str) -> Result<Arc<Collection>, Fault> {
        let id = id.parse().map_err(|_| Fault::not_found())?;
        let collection = self.app.engine.collection(id)?;
        let fits = collection.dialect() == Dialect::Ibm && collection.title().is_some();
        fits.then_some(collection).ok_or_else(Fault::not_found)
    }

    /// All groups but the default one, in the order they were made.
    pub(super) fn all_titled(&self) -> Vec<Arc<Collection>> {
        let mut groups = self.app.engine.collections(Dialect::Ibm);
        groups.retain(|group| group.title().is_some());
        groups.sort_by_key(|group| group.created());
        groups
    }

    pub(super) fn list_groups(&self, route: &Route) -> Result<Response, Fault> {
        self.authorise(&[Capability::Read, Capability::List], &route.policy_path())?;
        let groups: Vec<_> = self.all_titled().iter().map(|group| show(group)).collect();
        Ok(vault::data(json!({"groups": groups}).to_string().as_bytes()))
    }

    pub(super) async fn create_group(&self, route: &Route) -> Result<Response, Fault> {
        self.authorise(&[Capability::Create, Capability::Update], &route.policy_path())?;
        let title = rules::title(&Body::parse(self.request.body())?, self.app.engine.now())?;
        if self.all_titled().len() >= MAX_GROUPS {
            return Err(Fault::bad_request("an instance has at most 200 secret groups"));
        }
        let engine = self.app.engine.clone();
        let make = async move { engine.create_titled_collection(Dialect::Ibm, Some(title)).await };
        let group = self.app.finished(make).await?;
        Ok(vault::data(show(&group).to_string().as_bytes()))
    }

    pub(super) fn read_group(&self, route: &Route, id: &str) -> Result<Response, Fault> {
        self.authorise(&[Capability::Read], &route.policy_path())?;
        Ok(vault::data(show(&*self.titled(id)?).to_string().as_bytes()))
    }

    pub(super) async fn update_group(&self, route: &Route, id: &str) -> Result<Response, Fault> {
        self.authorise(&[Capability::Update], &route.policy_path())?;
        let new = rules::title(&Body::parse(self.request.body())?, self.app.engine.now())?;
        let (engine, id) = (self.app.engine.clone(), self.titled(id)?.id());
        let retitle = async move {
            engine
                .retitle(id, |title| {
                    title.name.clone_from(&new.name);
                    title.updated = new.updated;
                    if new.description.is_some() {
                        title.description.clone_from(&new.description);
                    }
                })
                .await
        };
        let group = self.app.finished(retitle).await?;
        Ok(vault::data(show(&group).to_string().as_bytes()))
    }

    pub(super) async fn delete_group(&self, route: &Route, id: &str) -> Result<Response, Fault> {
        self.authorise(&[Capability::Delete], &route.policy_path())?;
        let (engine, id) = (self.app.engine.clone(), self.titled(id)?.id());
        let destroy = async move { engine.destroy_empty_collection(id).await };
        match self.app.finished(destroy).await {
            Err(EngineError::NotEmpty) => Err(Fault::bad_request(
                "The secret group must be empty to be deleted.",
            )),
            destroyed => Ok(destroyed?),
        }?;
        Ok(Envelope::new().respond(StatusCode::OK))
    }
}

fn show(group: &Collection) -> Value {
    let title = group.title();
    let mut shown = json!({
        "creation_date": group.created().with_digits(0),
        "id": group.id().to_string(),
        "last_update_date": title.map_or(group.created(), |title| title.updated).with_digits(0),
        "name": title.map_or("default", |title| &title.name),
        "type": "application/vnd.ibm.secrets-manager.secret.group+json",
    });
    if let Some(description) = title.and_then(|title| title.description.as_deref()) {
        shown["description"] = description.into();
    }
    shown
}
