//! Vault's KV version 2 over key-value secrets: `{group}/{name}`, or `{name}` in the default group. Bodies, answers
//! and rules are those of the OKMS dialect; only the way to the secret differs.

use super::route::{GroupName, KvEndpoint, Route};
use super::secrets::MAX_KV;
use super::{Action, Call, Group, rules};
use crate::api::okms::body::{self, Manner, WriteBody};
use crate::api::okms::data::{body_of, gone_as_metadata, gone_as_object, metadata_of};
use crate::api::okms::json::Json;
use crate::api::vault::Fault;
use crate::api::vault::{self, Envelope, Response, no_content, query_pairs};
use crate::auth::Capability;
use crate::engine::EngineError;
use crate::engine::managed::{Found, Kind, NewEdition, NewSecret};
use crate::engine::secret::{Cas, Patching, SecretRow, Terms, Written};
use hyper::StatusCode;
use zeroize::Zeroizing;

/// Tries of a write whose secret others make and delete meanwhile.
const TRIES: usize = 4;

/// A secret by its group and its name.
struct Target {
    group: GroupName,
    name: String,
}

impl Target {
    fn of(path: &[String]) -> Result<Self, Fault> {
        let (group, name) = match path {
            [name] => (GroupName::Default, name),
            [group, name] => (GroupName::parse(group), name),
            [] => return Err(Fault::no_method()),
            _ => return Err(Fault::not_found()),
        };
        let name = name.clone();
        Ok(Self { group, name })
    }

    fn policy_path(&self, endpoint: KvEndpoint) -> String {
        Route::Kv(endpoint, vec![self.group.canonical(), self.name.clone()]).policy_path()
    }
}

impl Call<'_> {
    pub(super) async fn kv(
        &self,
        endpoint: KvEndpoint,
        path: &[String],
        action: Action,
    ) -> Result<Response, Fault> {
        use Action::{Delete, List, Patch, Read, Write};
        if endpoint == KvEndpoint::Metadata && action == List {
            return self.list_kv(path);
        }
        let target = Target::of(path)?;
        let may = |capability| self.authorise(&[capability], &target.policy_path(endpoint));
        match (endpoint, action) {
            (KvEndpoint::Data, Read) => may(Capability::Read)?,
            (KvEndpoint::Data, Write) => may(Capability::Update)?,
            (KvEndpoint::Data | KvEndpoint::Metadata, Patch) => may(Capability::Patch)?,
            (KvEndpoint::Data | KvEndpoint::Metadata, Delete) => may(Capability::Delete)?,
            (KvEndpoint::Metadata, Read) => may(Capability::Read)?,
            (_, Write) => may(Capability::Update)?,
            _ => return Err(Fault::no_method()),
        }
        let group = self.group(&target.group)?;
        match (endpoint, action) {
            (KvEndpoint::Data, Read) => self.read_kv(&group, &target).await,
            (KvEndpoint::Data, Write) => self.write_kv(&group, &target).await,
            (KvEndpoint::Data, Patch) => self.patch_kv(&group, &target).await,
            (KvEndpoint::Data, _) => {
                self.change_versions(&group, &target, KvEndpoint::Delete, vec![0])
                    .await?;
                Ok(no_content())
            }
            (KvEndpoint::Metadata, Read) => self.read_kv_metadata(&group, &target),
            (KvEndpoint::Metadata, Delete) => self.delete_kv(&group, &target).await,
            (KvEndpoint::Metadata, Write) => self.write_kv_metadata(&group, &target, Manner::Write).await,
            (KvEndpoint::Metadata, _) => self.write_kv_metadata(&group, &target, Manner::Patch).await,
            (endpoint, _) => {
                let versions = body::versions(self.request.body(), "No version number provided")?;
                self.change_versions(&group, &target, endpoint, versions).await?;
                // As IBM documents them: deletion answers 200, the others 204.
                Ok(match endpoint {
                    KvEndpoint::Delete => Envelope::new().respond(StatusCode::OK),
                    _ => no_content(),
                })
            }
        }
    }

    fn kv_secret(&self, group: &Group, target: &Target) -> Result<Found, Fault> {
        self.find(group, Kind::KeyValue, &target.name)
    }

    async fn read_kv(&self, group: &Group, target: &Target) -> Result<Response, Fault> {
        let found = self.kv_secret(group, target)?;
        let version = match query_pairs(self.request.uri()).find(|(key, _)| key == "version") {
            Some((_, number)) if !number.is_empty() => number.parse().map_err(|_| {
                Fault::bad_request("Field validation failed: version must be a number from 0")
            })?,
            _ => 0,
        };
        let reading = self
            .app
            .engine
            .read(&group.collection, &found.path, version)
            .await;
        match reading {
            Ok(reading) => {
                let (engine, secret) = (self.app.engine.clone(), reading.secret.clone());
                let number = reading.version.number;
                let mark = async move { engine.mark_downloaded(&found, secret, number).await };
                self.app.finished(mark).await?;
                Ok(vault::data(&body_of(&reading)))
            }
            Err(error) => Err(gone_as_object(error, "data").into()),
        }
    }

    fn kv_body(&self) -> Result<WriteBody<'_>, Fault> {
        let body = WriteBody::parse(self.request.body())?;
        match body.data.len() > MAX_KV {
            true => Err(Fault::bad_request(
                "Field validation failed: data must be at most 512 KB",
            )),
            false => Ok(body),
        }
    }

    fn terms(&self, cas: Option<Cas>) -> Terms {
        Terms {
            cas,
            author: self.author(),
            must_exist: true,
        }
    }

    async fn write_kv(&self, group: &Group, target: &Target) -> Result<Response, Fault> {
        let body = self.kv_body()?;
        let (terms, value) = (self.terms(body.cas), body.data.to_bytes());
        for _ in 0..TRIES {
            let written = match self.kv_secret(group, target) {
                Ok(found) => self.add_version(group, &found, value.clone(), &terms).await,
                Err(_) => self.first_version(group, target, value.clone(), &terms).await,
            };
            match written {
                // Somebody else has made or deleted it meanwhile.
                Err(EngineError::NameTaken(_)) if self.kv_secret(group, target).is_ok() => {}
                Err(EngineError::SecretNotFound) => {}
                written => return Ok(vault::data(&metadata_of(&written?))),
            }
        }
        Err(EngineError::Contended.into())
    }

    async fn add_version(
        &self,
        group: &Group,
        found: &Found,
        value: Zeroizing<Vec<u8>>,
        terms: &Terms,
    ) -> Result<Written, EngineError> {
        let (engine, collection) = (&self.app.engine, group.collection.id());
        engine.write(collection, &found.path, value, terms.clone()).await
    }

    async fn first_version(
        &self,
        group: &Group,
        target: &Target,
        value: Zeroizing<Vec<u8>>,
        terms: &Terms,
    ) -> Result<Written, EngineError> {
        if terms.cas.is_some_and(|Cas(said)| said != 0) {
            return Err(EngineError::CasMismatch);
        }
        if rules::secret_name(&target.name).is_err() {
            let why = "the name may have 2 to 256 letters, digits, dashes and dots";
            return Err(EngineError::BadChange(why.into()));
        }
        let new = NewSecret::new(
            Kind::KeyValue,
            target.name.clone(),
            value,
            NewEdition::by(&terms.author),
        );
        let (engine, collection) = (self.app.engine.clone(), group.collection.id());
        let made = tokio::spawn(async move { engine.create(collection, new).await }).await;
        let secret: SecretRow = made.map_err(|_| EngineError::Contended)??;
        let version = *secret.version(0).ok_or(EngineError::VersionNotFound)?;
        Ok(Written { version, secret })
    }

    async fn patch_kv(&self, group: &Group, target: &Target) -> Result<Response, Fault> {
        let body = self.kv_body()?;
        let found = self.kv_secret(group, target)?;
        let merge = |old: &[u8]| {
            let merged = body.data.merged_into(old)?;
            match merged.len() > MAX_KV {
                true => Err(EngineError::TooLarge),
                false => Ok(merged),
            }
        };
        let (engine, terms) = (&self.app.engine, self.terms(body.cas));
        let collection = group.collection.id();
        match engine
            .patch(collection, &found.path, terms, Patching::MakesVersion, merge)
            .await
        {
            Ok(written) => Ok(vault::data(&metadata_of(&written))),
            Err(EngineError::Gone(gone)) => Err(gone_as_metadata(EngineError::Gone(gone)).into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes, undeletes or destroys versions. As in Vault, a secret that does not exist is no error.
    async fn change_versions(
        &self,
        group: &Group,
        target: &Target,
        endpoint: KvEndpoint,
        versions: Vec<u32>,
    ) -> Result<(), Fault> {
        let Ok(found) = self.kv_secret(group, target) else {
            return Ok(());
        };
        let (engine, collection, path) = (&self.app.engine, group.collection.id(), &found.path);
        match endpoint {
            KvEndpoint::Destroy => engine.destroy(collection, path, &versions).await?,
            KvEndpoint::Undelete => engine.reactivate(collection, path, &versions).await?,
            _ => engine.deactivate(collection, path, &versions).await?,
        }
        Ok(())
    }

    fn read_kv_metadata(&self, group: &Group, target: &Target) -> Result<Response, Fault> {
        let found = self.kv_secret(group, target)?;
        let secret = self.app.engine.describe(&found)?;
        let mut json = Json::with_capacity(512);
        json.secret(&secret, None);
        Ok(vault::data(&json.into_bytes()))
    }

    async fn write_kv_metadata(
        &self,
        group: &Group,
        target: &Target,
        manner: Manner,
    ) -> Result<Response, Fault> {
        let found = self.kv_secret(group, target)?;
        let change = body::metadata(self.request.body(), manner)?;
        let (engine, collection) = (&self.app.engine, group.collection.id());
        engine.patch_metadata(collection, &found.path, &change).await?;
        Ok(no_content())
    }

    async fn delete_kv(&self, group: &Group, target: &Target) -> Result<Response, Fault> {
        let found = self.kv_secret(group, target)?;
        let engine = self.app.engine.clone();
        self.app
            .finished(async move { engine.delete(&found).await })
            .await?;
        Ok(Envelope::new().respond(StatusCode::OK))
    }

    /// The names in a group; at the root those of the default group, and the other groups with a slash.
    fn list_kv(&self, path: &[String]) -> Result<Response, Fault> {
        let any = [Capability::Read, Capability::List];
        let name = match path {
            [] => GroupName::Default,
            [group] => GroupName::parse(group),
            _ => return Err(Fault::not_found()),
        };
        let endpoint = KvEndpoint::Metadata.name();
        self.authorise(&any, &format!("ibmcloud/kv/{endpoint}/{}", name.canonical()))?;
        let group = self.group(&name)?;
        let engine = &self.app.engine;
        let mut keys = engine.names(Kind::KeyValue, group.collection.id());
        if path.is_empty() {
            keys.extend(self.all_titled().iter().map(|group| format!("{}/", group.id())));
        }
        if keys.is_empty() {
            return Err(Fault::not_found());
        }
        keys.sort();
        let keys = serde_json::json!({ "keys": keys });
        Ok(vault::data(keys.to_string().as_bytes()))
    }
}
