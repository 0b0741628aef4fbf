//! Azure Key Vault and Managed HSM: a version is a version there, under one name. What is imported is wrapped for a key
//! exchange key of the vault's HSM ("Bring your own key specification"), which is made for each import and deleted after.

mod cloud;
mod token;

pub(super) use cloud::check_vault;

use super::bearer::Bearer;
use super::rest::Call;
use super::{
    CloudKey, CloudVersion, Credentials, Found, ImportKey, KmsError, NewCopy, Provider, Purpose, Signer,
    Wrapping, spki,
};
use crate::engine::clock::{Clock, SystemClock};
use crate::http::PATIENCE;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use casemate_common::command::OaepHash;
use cloud::Cloud;
use hyper::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use token::Identity;
use tokio::sync::OnceCell;

const PROVIDER: &str = "Azure Key Vault";
const API_VERSION: &str = "7.4";
/// The tag that names the attempt that made a version.
const ATTEMPT_TAG: &str = "casemate_attempt";
/// Bits of the key exchange key.
const EXCHANGE_BITS: u32 = 3072;
/// Seconds after which it can't be used any more, if it could not be deleted.
const EXCHANGE_LIFETIME: i64 = 600;

/// One vault.
pub(super) struct AzureKeyVault {
    vault: String,
    /// What tokens are for.
    resource: String,
    identity: Identity,
    bearer: OnceCell<Bearer>,
}

impl AzureKeyVault {
    /// The vault of this name.
    pub(super) fn new(
        name: &str,
        credentials: &Credentials,
        signer: Option<Arc<dyn Signer>>,
    ) -> Result<Self, KmsError> {
        check_vault(name)?;
        let cloud = Cloud::of(credentials)?;
        let (vault, resource) = cloud.vault(name)?;
        let endpoint = credentials
            .text("endpoint")
            .map(|url| url.trim_end_matches('/').to_owned());
        Ok(Self {
            vault: endpoint.unwrap_or(vault),
            resource,
            identity: Identity::of(credentials, cloud, signer)?,
            bearer: OnceCell::new(),
        })
    }

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
        let bearer = self
            .bearer
            .get_or_try_init(|| self.identity.token(&self.resource));
        let url = format!("{}/{path}?api-version={API_VERSION}", self.vault);
        call.json(method, &url, bearer.await?, body).await
    }
}

/// What Azure calls a purpose.
const fn operation(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Unwrap => "unwrapKey",
        Purpose::Wrap => "wrapKey",
        other => other.name(),
    }
}

fn unintelligible(operation: &str) -> KmsError {
    KmsError::Unintelligible {
        provider: PROVIDER,
        operation: operation.into(),
    }
}

/// The version that a key's identifier ends with.
fn version_of(answer: &Value) -> Option<String> {
    let kid = answer["key"]["kid"].as_str()?;
    kid.rsplit('/').next().map(str::to_owned)
}

fn exchange_key(copy: &NewCopy<'_>) -> String {
    format!("keys/{}", copy.attempt.simple())
}

/// What a key exchange key's holder is given: the transfer blob of Azure's specification.
fn transfer_blob(kid: &str, wrapped: &[u8]) -> String {
    let blob = json!({
        "schema_version": "1.0.0",
        "header": {"kid": kid, "alg": "dir", "enc": "CKM_RSA_AES_KEY_WRAP"},
        "ciphertext": URL_SAFE_NO_PAD.encode(wrapped),
        "generator": concat!("casemate/", env!("CARGO_PKG_VERSION")),
    });
    URL_SAFE_NO_PAD.encode(blob.to_string())
}

#[async_trait]
impl Provider for AzureKeyVault {
    fn check_name(&self, name: &str) -> Result<(), KmsError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if name.bytes().all(fits) && name.len() <= 127 {
            return Ok(());
        }
        let why = format!("Azure takes 127 letters, digits and hyphens in a name, which {name:?} is not");
        Err(KmsError::Configuration(why))
    }

    /// Versions are brought one after the other, so the one that is looked for is the newest or not there.
    async fn find(&self, copy: &NewCopy<'_>) -> Result<Found, KmsError> {
        let path = format!("keys/{}", copy.key.name);
        let newest = match self.call((Method::GET, &path, true), None).await {
            Err(error) if error.code() == Some("KeyNotFound") => return Ok(Found::Nothing),
            newest => newest?,
        };
        if newest["tags"][ATTEMPT_TAG] != copy.attempt.to_string() {
            return Ok(Found::Nothing);
        }
        version_of(&newest)
            .map(Found::Copy)
            .ok_or_else(|| unintelligible("GET key"))
    }

    async fn prepare(&self, _: &NewCopy<'_>) -> Result<Option<String>, KmsError> {
        Ok(None)
    }

    async fn import_key(&self, copy: &NewCopy<'_>) -> Result<ImportKey, KmsError> {
        let expires = SystemClock.now().as_nanos() / 1_000_000_000 + EXCHANGE_LIFETIME;
        let body = json!({
            "kty": "RSA-HSM",
            "key_size": EXCHANGE_BITS,
            "key_ops": ["import"],
            "attributes": {"exp": expires},
        });
        let path = format!("{}/create", exchange_key(copy));
        let made = self.call((Method::POST, &path, true), Some(&body)).await?;
        let number = |name: &str| URL_SAFE_NO_PAD.decode(made["key"][name].as_str()?).ok();
        let public = number("n").zip(number("e"));
        let public = public.and_then(|(modulus, exponent)| spki::rsa(&modulus, &exponent));
        let kid = made["key"]["kid"].as_str();
        let (public, kid) = public.zip(kid).ok_or_else(|| unintelligible("create"))?;
        Ok(ImportKey {
            public,
            wrapping: Wrapping::RsaAes(OaepHash::Sha1),
            token: kid.as_bytes().to_vec(),
        })
    }

    async fn import(&self, copy: &NewCopy<'_>, key: &ImportKey, wrapped: &[u8]) -> Result<String, KmsError> {
        let operations: Vec<_> = copy.key.purposes.iter().map(operation).collect();
        let kid = String::from_utf8_lossy(&key.token);
        let body = json!({
            "key": {"kty": "RSA-HSM", "key_ops": operations, "key_hsm": transfer_blob(&kid, wrapped)},
            "attributes": {"enabled": true},
            "tags": {
                "key_name": copy.key.name,
                "key_version": copy.version.to_string(),
                ATTEMPT_TAG: copy.attempt.to_string(),
            },
        });
        let path = format!("keys/{}", copy.key.name);
        let imported = self.call((Method::PUT, &path, false), Some(&body)).await?;
        version_of(&imported).ok_or_else(|| unintelligible("import"))
    }

    async fn tidy(&self, copy: &NewCopy<'_>) -> Result<(), KmsError> {
        match self.call((Method::DELETE, &exchange_key(copy), true), None).await {
            Ok(_) => Ok(()),
            Err(error) => error.unless(&["KeyNotFound"]),
        }
    }

    /// The newest version is the one that the name stands for.
    async fn publish(&self, _: &CloudKey<'_>, _: &str) -> Result<(), KmsError> {
        Ok(())
    }

    async fn set_enabled(&self, key: &CloudKey<'_>, id: &str, enabled: bool) -> Result<(), KmsError> {
        let path = format!("keys/{}/{id}", key.name);
        let body = json!({"attributes": {"enabled": enabled}});
        self.call((Method::PATCH, &path, true), Some(&body))
            .await
            .map(drop)
    }

    /// All versions go with the name.
    async fn remove(&self, key: &CloudKey<'_>, _: &[CloudVersion<'_>]) -> Result<(), KmsError> {
        let path = format!("keys/{}", key.name);
        match self.call((Method::DELETE, &path, true), None).await {
            Ok(_) => Ok(()),
            Err(error) => error.unless(&["KeyNotFound"]),
        }
    }
}
