use crate::auth::iam::Iam;
use crate::config::IbmSettings;
use crate::engine::collection::{Collection, CollectionId, Dialect};
use crate::engine::{Engine, EngineError};
use crate::issuers::{IbmUrls, Issuers};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// The one instance of Secrets Manager that a daemon is.
pub struct Ibm {
    pub(super) iam: Iam,
    /// Who issues credentials.
    pub issuers: Arc<Issuers>,
    /// Where the daemon is reached: what certificates say about revocation lists.
    pub(super) url: String,
    /// Types of public authorities, and their directories.
    pub(super) acme: BTreeMap<String, String>,
    /// Where IBM's services are.
    pub(super) urls: IbmUrls,
    region: String,
    account: String,
    /// The collection of the default group. It is made when it is first needed: who does not use this API keeps the
    /// device's room for something else.
    default_group: Arc<OnceCell<CollectionId>>,
}

impl Ibm {
    /// The instance with these settings, where the daemon listens at this address.
    pub fn new(iam: Iam, issuers: Issuers, settings: &IbmSettings, address: SocketAddr) -> Self {
        let url = || format!("http://{address}");
        Self {
            iam,
            issuers: Arc::new(issuers),
            url: settings.url.clone().unwrap_or_else(url),
            acme: settings.acme.clone(),
            urls: settings.urls.clone(),
            region: settings.region.clone(),
            account: settings.account.clone(),
            default_group: Arc::default(),
        }
    }

    /// The collection of the default group.
    pub(super) async fn instance(&self, engine: &Arc<Engine>) -> Result<Arc<Collection>, EngineError> {
        let id = match self.default_group.get() {
            Some(id) => *id,
            None => self.make(engine.clone()).await?,
        };
        engine.collection(id)
    }

    /// Finds or makes it, to the end even if the client hangs up.
    async fn make(&self, engine: Arc<Engine>) -> Result<CollectionId, EngineError> {
        let cell = self.default_group.clone();
        let made = tokio::spawn(async move {
            cell.get_or_try_init(|| async {
                let default = engine.only_collection(Dialect::Ibm).await?;
                Ok(default.id())
            })
            .await
            .copied()
        });
        made.await.map_err(|_| EngineError::CollectionNotFound)?
    }

    /// The instance's cloud resource name.
    pub(super) fn crn(&self, instance: CollectionId) -> String {
        format!("{}::", self.crn_stem(instance))
    }

    /// The name of something within the instance: `secret` or `policy`.
    pub(super) fn crn_of(&self, instance: CollectionId, what: &str, id: Uuid) -> String {
        format!("{}:{what}:{id}", self.crn_stem(instance))
    }

    fn crn_stem(&self, instance: CollectionId) -> String {
        let (region, account) = (&self.region, &self.account);
        format!("crn:v1:bluemix:public:secrets-manager:{region}:a/{account}:{instance}")
    }
}
