//! Google Cloud KMS: a version is a CryptoKeyVersion of one CryptoKey, imported through an import job that is made for it.
//! CryptoKeys and import jobs stay for good, the jobs useless after three days: Google deletes neither.

mod algorithm;
mod token;

use super::bearer::Bearer;
use super::rest::Call;
use super::{
    CloudKey, CloudVersion, Credentials, Found, ImportKey, KmsError, NewCopy, Protection, Provider, Signer,
    Wrapping,
};
use crate::http::PATIENCE;
use crate::pem;
use algorithm::{Padding, purpose_and_algorithm};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casemate_common::blob::KeyType;
use casemate_common::command::OaepHash;
use hyper::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use token::Identity;
use tokio::sync::OnceCell;

const PROVIDER: &str = "Google Cloud KMS";
const ENDPOINT: &str = "https://cloudkms.googleapis.com";
const IMPORT_METHOD: &str = "RSA_OAEP_3072_SHA256_AES_256";
/// How often something that takes its time is asked about: for a minute.
const POLLS: u32 = 35;
/// Before it is asked about again for the first time; doubled each time.
const FIRST_POLL: Duration = Duration::from_millis(50);
const LONGEST_POLL: Duration = Duration::from_secs(2);
/// Pages of versions asked for before the answers are held to be endless.
const PAGES: u32 = 1000;
/// States in which a version holds its key, or is about to.
const HELD: [&str; 3] = ["ENABLED", "DISABLED", "PENDING_IMPORT"];

/// One key ring.
pub(super) struct GcpCkms {
    /// `https://…/v1`
    endpoint: String,
    ring: String,
    identity: Identity,
    padding: Padding,
    bearer: OnceCell<Bearer>,
}

/// Refuses what no key ring is called.
pub(super) fn check_key_ring(name: &str) -> Result<(), KmsError> {
    let segments: Vec<_> = name.split('/').collect();
    let fits = |segment: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte);
        (1..=63).contains(&segment.len())
            && segment.bytes().all(known)
            && segment.bytes().any(|byte| byte != b'.')
    };
    match segments.as_slice() {
        ["projects", project, "locations", location, "keyRings", ring]
            if [project, location, ring].into_iter().all(|part| fits(part)) =>
        {
            Ok(())
        }
        _ => Err(KmsError::Configuration(format!(
            "key_collection {name:?} is no key ring: projects/PROJECT/locations/LOCATION/keyRings/RING"
        ))),
    }
}

impl GcpCkms {
    /// The key ring of this name.
    pub(super) fn new(
        ring: &str,
        credentials: &Credentials,
        signer: Option<Arc<dyn Signer>>,
    ) -> Result<Self, KmsError> {
        check_key_ring(ring)?;
        let endpoint = credentials.text("endpoint").unwrap_or(ENDPOINT);
        Ok(Self {
            endpoint: format!("{}/v1", endpoint.trim_end_matches('/')),
            ring: ring.to_owned(),
            identity: Identity::of(credentials, signer),
            padding: Padding::parse(credentials.text("rsa_sign_padding"))?,
            bearer: OnceCell::new(),
        })
    }

    /// Asks about what lies below the key ring.
    async fn call(
        &self,
        (method, path, repeatable): (Method, &str, bool),
        body: Option<&Value>,
    ) -> Result<Value, KmsError> {
        let call = Call {
            provider: PROVIDER,
            operation: format!("{method} {path}"),
            repeatable,
            patience: PATIENCE,
        };
        let bearer = self.bearer.get_or_try_init(|| self.identity.token());
        let url = format!("{}/{}/{path}", self.endpoint, self.ring);
        call.json(method, &url, bearer.await?, body).await
    }

    /// Makes something that has its name from us; that it is there already is no error.
    async fn ensure(&self, path: &str, body: &Value) -> Result<(), KmsError> {
        match self.call((Method::POST, path, true), Some(body)).await {
            Ok(_) => Ok(()),
            Err(error) => error.unless(&["ALREADY_EXISTS"]),
        }
    }

    /// Asks about something until it is in another state than this.
    async fn past(&self, state: &str, path: &str) -> Result<Value, KmsError> {
        let mut pause = FIRST_POLL;
        for _ in 0..POLLS {
            let answer = self.call((Method::GET, path, true), None).await?;
            if answer["state"] != state {
                return Ok(answer);
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_POLL.min(pause * 2);
        }
        Err(KmsError::Unreachable {
            provider: PROVIDER,
            operation: format!("GET {path}"),
            why: format!("it is still {state}"),
        })
    }

    /// Waits until a version has taken in its key.
    async fn await_import(&self, key: &str, id: &str) -> Result<(), KmsError> {
        let path = version_path(key, id);
        let version = self.past("PENDING_IMPORT", &path).await?;
        if version["state"] != "IMPORT_FAILED" {
            return Ok(());
        }
        let why = version["importFailureReason"]
            .as_str()
            .unwrap_or("no reason given");
        Err(KmsError::Refused {
            provider: PROVIDER,
            operation: "the import".into(),
            code: "IMPORT_FAILED".into(),
            text: why.to_owned(),
            is_certain: true,
        })
    }

    /// All versions of a key.
    async fn versions(&self, key: &str) -> Result<Vec<Value>, KmsError> {
        let mut versions = Vec::new();
        let mut page = String::new();
        for _ in 0..PAGES {
            let path = format!("cryptoKeys/{key}/cryptoKeyVersions?pageSize=1000{page}");
            let answer = match self.call((Method::GET, &path, true), None).await {
                Err(error) if error.code() == Some("NOT_FOUND") => return Ok(versions),
                answer => answer?,
            };
            versions.extend(
                answer["cryptoKeyVersions"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .cloned(),
            );
            match answer["nextPageToken"].as_str().filter(|token| !token.is_empty()) {
                Some(token) => page = format!("&pageToken={token}"),
                None => return Ok(versions),
            }
        }
        Err(unintelligible("GET cryptoKeyVersions"))
    }

    async fn destroy(&self, key: &str, id: &str) -> Result<(), KmsError> {
        let path = version_path(key, id);
        let version = match self.call((Method::GET, &path, true), None).await {
            Err(error) if error.code() == Some("NOT_FOUND") => return Ok(()),
            version => version?,
        };
        if !version["state"]
            .as_str()
            .is_some_and(|state| HELD.contains(&state))
        {
            return Ok(());
        }
        let path = format!("{path}:destroy");
        self.call((Method::POST, &path, true), Some(&json!({})))
            .await
            .map(drop)
    }
}

fn version_path(key: &str, id: &str) -> String {
    format!("cryptoKeys/{key}/cryptoKeyVersions/{id}")
}

fn job(copy: &NewCopy<'_>) -> String {
    format!("casemate-{}", copy.attempt.simple())
}

const fn level(protection: Protection) -> &'static str {
    match protection {
        Protection::Hsm => "HSM",
        Protection::Software => "SOFTWARE",
    }
}

/// The number that a version's name ends with.
fn number_of(version: &Value) -> Option<&str> {
    version["name"].as_str()?.rsplit('/').next()
}

fn unintelligible(operation: &str) -> KmsError {
    KmsError::Unintelligible {
        provider: PROVIDER,
        operation: operation.into(),
    }
}

#[async_trait]
impl Provider for GcpCkms {
    fn check_name(&self, name: &str) -> Result<(), KmsError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        if name.bytes().all(fits) && name.len() <= 63 {
            return Ok(());
        }
        let why = format!("Google takes 63 letters, digits, _ and - in a name, which {name:?} is not");
        Err(KmsError::Configuration(why))
    }

    /// Versions are brought one after the other, so one that we do not know is the one that is looked for.
    async fn find(&self, copy: &NewCopy<'_>) -> Result<Found, KmsError> {
        for version in self.versions(copy.key.name).await? {
            let id = number_of(&version).ok_or_else(|| unintelligible("GET cryptoKeyVersions"))?;
            let holds = version["state"]
                .as_str()
                .is_some_and(|state| HELD.contains(&state));
            if !holds || copy.others.iter().any(|other| other == id) {
                continue;
            }
            self.await_import(copy.key.name, id).await?;
            return Ok(Found::Copy(id.to_owned()));
        }
        Ok(Found::Nothing)
    }

    async fn prepare(&self, copy: &NewCopy<'_>) -> Result<Option<String>, KmsError> {
        let (purpose, algorithm) = purpose_and_algorithm(&copy.key, self.padding)?;
        let body = json!({
            "purpose": purpose,
            "versionTemplate": {"protectionLevel": level(copy.key.protection), "algorithm": algorithm},
            "importOnly": true,
        });
        let name = copy.key.name;
        let path = format!("cryptoKeys?cryptoKeyId={name}&skipInitialVersionCreation=true");
        self.ensure(&path, &body).await?;
        Ok(None)
    }

    async fn import_key(&self, copy: &NewCopy<'_>) -> Result<ImportKey, KmsError> {
        let job = job(copy);
        let body = json!({"importMethod": IMPORT_METHOD, "protectionLevel": level(copy.key.protection)});
        self.ensure(&format!("importJobs?importJobId={job}"), &body)
            .await?;
        let made = self
            .past("PENDING_GENERATION", &format!("importJobs/{job}"))
            .await?;
        let public = made["publicKey"]["pem"].as_str().and_then(pem::decode);
        Ok(ImportKey {
            public: public.ok_or_else(|| unintelligible("GET importJobs"))?.to_vec(),
            wrapping: Wrapping::RsaAes(OaepHash::Sha256),
            token: Vec::new(),
        })
    }

    async fn import(&self, copy: &NewCopy<'_>, _: &ImportKey, wrapped: &[u8]) -> Result<String, KmsError> {
        let (_, algorithm) = purpose_and_algorithm(&copy.key, self.padding)?;
        let body = json!({
            "algorithm": algorithm,
            "importJob": format!("{}/importJobs/{}", self.ring, job(copy)),
            "wrappedKey": STANDARD.encode(wrapped),
        });
        let path = format!("cryptoKeys/{}/cryptoKeyVersions:import", copy.key.name);
        let version = self.call((Method::POST, &path, false), Some(&body)).await?;
        let id = number_of(&version).ok_or_else(|| unintelligible("import"))?;
        self.await_import(copy.key.name, id).await?;
        Ok(id.to_owned())
    }

    async fn publish(&self, key: &CloudKey<'_>, id: &str) -> Result<(), KmsError> {
        if key.key_type != KeyType::Aes256 {
            return Ok(());
        }
        let path = format!("cryptoKeys/{}:updatePrimaryVersion", key.name);
        let body = json!({ "cryptoKeyVersionId": id });
        self.call((Method::POST, &path, true), Some(&body))
            .await
            .map(drop)
    }

    async fn set_enabled(&self, key: &CloudKey<'_>, id: &str, enabled: bool) -> Result<(), KmsError> {
        let path = format!("{}?updateMask=state", version_path(key.name, id));
        let body = json!({"state": if enabled { "ENABLED" } else { "DISABLED" }});
        self.call((Method::PATCH, &path, true), Some(&body))
            .await
            .map(drop)
    }

    async fn remove(&self, key: &CloudKey<'_>, versions: &[CloudVersion<'_>]) -> Result<(), KmsError> {
        for version in versions {
            self.destroy(key.name, version.id).await?;
        }
        Ok(())
    }
}
