//! The keys that tokens are signed with.
//!
//! A new one is made every 30 days and on demand. It is published at once and signs ten minutes later, so that whoever
//! caches keys knows it by then; of the old ones the last two stay published.

use super::{Provider, ProviderError};
use crate::auth::iam::jwks::{Algorithm, Key};
use crate::engine::clock::Time;
use crate::engine::collection::{Collection, CollectionId, Dialect};
use crate::engine::keys::NewKey;
use crate::engine::secret::{Cas, SecretPath, Settings, Version};
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use casemate_common::blob::{KeyType, Usages};
use casemate_common::command::{SignatureHash, SignatureScheme};
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError, RwLock};
use tracing::{info, warn};
use zeroize::Zeroizing;

/// Where the keys are in their collection.
const PATH: &str = "token-signing";
/// Keys that are published.
const KEPT: u32 = 3;
/// How long a key is published before it signs.
const PUBLISHED_BEFORE: Span = Span::from_secs(600);
/// How long a key is the newest.
const ROTATE_AFTER: Span = Span::from_secs(30 * 24 * 3600);

/// Makes keys, signs with them and publishes them.
pub(super) struct Signing {
    engine: Arc<Engine>,
    algorithm: Algorithm,
    /// The collection that the keys are in; made when the first key is.
    collection: tokio::sync::OnceCell<CollectionId>,
    /// Held while a key is made.
    making: tokio::sync::Mutex<()>,
    published: RwLock<Arc<Vec<Published>>>,
}

/// A key that others can know.
#[derive(Clone)]
struct Published {
    version: Version,
    kid: String,
    key: Key,
}

impl Signing {
    pub(super) fn new(engine: Arc<Engine>, algorithm: Algorithm) -> Self {
        Self {
            engine,
            algorithm,
            collection: tokio::sync::OnceCell::new(),
            making: tokio::sync::Mutex::default(),
            published: RwLock::default(),
        }
    }

    /// The claims as a JSON Web Token in compact form (RFC 7515, section 7.1).
    pub(super) async fn sign(self: &Arc<Self>, claims: &Value) -> Result<Zeroizing<String>, ProviderError> {
        let published = self.published().await?;
        self.rotate_if_due(&published);
        let now = self.engine.now();
        let signs = |key: &&Published| key.version.created.after(PUBLISHED_BEFORE) <= now;
        let signer = published.iter().rfind(signs).or(published.first());
        let signer = signer.ok_or(EngineError::VersionNotFound)?;
        let header = json!({"kid": signer.kid, "typ": "JWT", "alg": signer.key.algorithm().name()});
        let encoded = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let mut token = Zeroizing::new(format!("{}.{}", encoded(&header), encoded(claims)));
        let collection = self.collection().await?;
        let key = self
            .engine
            .key(&collection, &path()?, signer.version.number)
            .await?;
        let scheme = match signer.key.algorithm() {
            Algorithm::Es256 => SignatureScheme::Ecdsa(SignatureHash::Sha256),
            Algorithm::Rs256 => SignatureScheme::RsaPkcs1(SignatureHash::Sha256),
        };
        let signature = self.engine.sign(&key, scheme, token.as_bytes()).await?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// The published keys, oldest first; the first of all is made where there is none.
    async fn published(self: &Arc<Self>) -> Result<Arc<Vec<Published>>, ProviderError> {
        let collection = self.collection().await?;
        let versions = self.versions(&collection)?;
        if versions.is_empty() {
            self.make(None).await?;
            return self.read(&collection, &self.versions(&collection)?).await;
        }
        let known = self
            .published
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if known.iter().map(|key| key.version).eq(versions.iter().copied()) {
            return Ok(known);
        }
        self.read(&collection, &versions).await
    }

    fn versions(&self, collection: &Collection) -> Result<Vec<Version>, ProviderError> {
        match self.engine.metadata(collection, &path()?) {
            Ok(row) => Ok(row.versions),
            Err(EngineError::SecretNotFound) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets the device vouch for the public keys.
    async fn read(
        &self,
        collection: &Arc<Collection>,
        versions: &[Version],
    ) -> Result<Arc<Vec<Published>>, ProviderError> {
        let mut published = Vec::with_capacity(versions.len());
        for &version in versions {
            let key = self.engine.key(collection, &path()?, version.number).await?;
            let description = self.engine.describe_key(&key).await?;
            let key = Key::from_spki(&description.public_key)
                .ok_or_else(|| ProviderError::Damaged("a signing key of another type".into()))?;
            let kid = kid(&version);
            published.push(Published { version, kid, key });
        }
        let published = Arc::new(published);
        *self.published.write().unwrap_or_else(PoisonError::into_inner) = published.clone();
        Ok(published)
    }

    async fn collection(self: &Arc<Self>) -> Result<Arc<Collection>, ProviderError> {
        let signing = self.clone();
        let make = async move {
            let made = signing.collection.get_or_try_init(|| async {
                let collection = signing.engine.only_collection(Dialect::Identity).await?;
                Ok::<_, EngineError>(collection.id())
            });
            made.await.copied()
        };
        let id = match self.collection.get() {
            Some(id) => *id,
            None => detached(make).await?,
        };
        Ok(self.engine.collection(id)?)
    }

    /// Makes the next key, unless the current one is no longer the one that is to be replaced.
    async fn make(self: &Arc<Self>, replaces: Option<u32>) -> Result<(), ProviderError> {
        let collection = self.collection().await?;
        let signing = self.clone();
        let make = async move {
            let _turn = signing.making.lock().await;
            let (engine, path) = (&signing.engine, path()?);
            let current = match engine.metadata(&collection, &path) {
                Ok(row) => Some(row.current),
                Err(EngineError::SecretNotFound) => None,
                Err(error) => return Err(error),
            };
            if current != replaces {
                return Ok(());
            }
            if collection.defaults().max_versions != KEPT {
                let keep = |settings: &mut Settings| settings.max_versions = KEPT;
                engine.configure(collection.id(), keep).await?;
            }
            let cas = Cas(current.unwrap_or(0).into());
            let new = signing.new_key();
            let version = engine
                .add_key(collection.id(), &path, new, Some(cas))
                .await?
                .version;
            info!(kid = kid(&version), "made a key to sign tokens with");
            Ok(())
        };
        Ok(detached(make).await?)
    }

    fn new_key(&self) -> NewKey {
        NewKey {
            key_type: match self.algorithm {
                Algorithm::Es256 => KeyType::P256,
                Algorithm::Rs256 => KeyType::Rsa2048,
            },
            usages: Usages::OF_SIGNERS,
            distributable: false,
        }
    }

    /// Nobody waits for the new key: it would not sign yet.
    fn rotate_if_due(self: &Arc<Self>, published: &[Published]) {
        let Some(newest) = published.last().map(|key| key.version) else {
            return;
        };
        if newest.created.after(ROTATE_AFTER) > self.engine.now() || self.making.try_lock().is_err() {
            return;
        }
        let signing = self.clone();
        tokio::spawn(async move {
            if let Err(error) = signing.make(Some(newest.number)).await {
                warn!(%error, "can't make the next key to sign tokens with; the present one goes on");
            }
        });
    }
}

impl Provider {
    /// The public keys of its tokens as a JWK set (RFC 7517, section 5).
    ///
    /// # Errors
    /// Those of device and store.
    pub async fn jwks(&self) -> Result<Value, ProviderError> {
        let published = self.signing.published().await?;
        let keys: Vec<_> = published.iter().map(|key| key.key.to_jwk(&key.kid)).collect();
        Ok(json!({ "keys": keys }))
    }

    /// Its public key with this `kid`.
    pub(in crate::auth::iam) async fn key(&self, kid: &str) -> Result<Option<Key>, ProviderError> {
        let published = self.signing.published().await?;
        let mut keys = published.iter();
        Ok(keys.find(|key| key.kid == kid).map(|key| key.key.clone()))
    }

    /// Makes a new key to sign tokens with; answers the JWK set.
    ///
    /// # Errors
    /// Those of device and store.
    pub async fn rotate_keys(&self) -> Result<Value, ProviderError> {
        let published = self.signing.published().await?;
        self.signing
            .make(published.last().map(|key| key.version.number))
            .await?;
        self.jwks().await
    }
}

/// Names a key: when it was made, and its number.
fn kid(version: &Version) -> String {
    let made: Time = version.created;
    let digits: String = made.with_digits(0).chars().filter(char::is_ascii_digit).collect();
    format!("{digits}-{}", version.number)
}

fn path() -> Result<SecretPath, EngineError> {
    SecretPath::parse(PATH).map_err(|bad| EngineError::Damaged(bad.to_string()))
}

/// Runs a change to its end, even if whoever asked for it goes away.
async fn detached<T: Send + 'static>(
    change: impl Future<Output = Result<T, EngineError>> + Send + 'static,
) -> Result<T, EngineError> {
    let finished = tokio::spawn(change).await;
    finished.map_err(|_| EngineError::Damaged("a change broke off".into()))?
}
