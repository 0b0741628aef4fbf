//! AWS Key Management Service: one KMS key a version, and an alias that names the newest. Requests are JSON 1.1 of the
//! service `TrentService`, signed with Signature Version 4.

mod call;
mod find;
mod sign;
#[cfg(test)]
mod tests;

use super::{
    CloudKey, CloudVersion, Credentials, Found, ImportKey, KmsError, NewCopy, Provider, Signer, Wrapping,
};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casemate_common::command::OaepHash;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

const PROVIDER: &str = "AWS KMS";
/// Days that AWS keeps a key after it was deleted; the shortest that it offers.
const DELETION_WINDOW: u32 = 7;
/// The tag that names the attempt that made a key.
const ATTEMPT_TAG: &str = "casemate_attempt";
/// How often a new replica is asked for, until it has come into being.
const REPLICA_TRIES: u32 = 30;
const REPLICA_PAUSE: Duration = Duration::from_secs(1);

/// Who asks AWS; the secret access key is the signer's.
#[derive(Clone)]
pub(super) struct Access {
    access_key: String,
    session_token: Option<Zeroizing<String>>,
}

/// AWS KMS in one region.
#[derive(Clone)]
pub(super) struct AwsKms {
    region: String,
    /// Where it is not AWS's own.
    endpoint: Option<String>,
    access: Access,
    signer: Arc<dyn Signer>,
}

impl AwsKms {
    /// In this region.
    pub(super) fn new(
        region: &str,
        credentials: &Credentials,
        signer: Option<Arc<dyn Signer>>,
    ) -> Result<Self, KmsError> {
        check_region(region)?;
        let missing = || {
            let why = "no AWS credentials: give access_key and secret_key, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
            KmsError::Configuration(why.into())
        };
        let token = credentials.text("session_token");
        Ok(Self {
            region: region.to_owned(),
            endpoint: credentials.text("endpoint").map(str::to_owned),
            access: Access {
                access_key: credentials.text("access_key").ok_or_else(missing)?.to_owned(),
                session_token: token.map(|token| Zeroizing::new(token.to_owned())),
            },
            signer: signer.ok_or_else(missing)?,
        })
    }

    fn endpoint(&self) -> String {
        let own = || format!("https://kms.{}.amazonaws.com", self.region);
        self.endpoint.clone().unwrap_or_else(own)
    }

    /// The same account in another region.
    fn in_region(&self, region: &str) -> Result<Self, KmsError> {
        check_region(region)?;
        Ok(Self {
            region: region.to_owned(),
            ..self.clone()
        })
    }

    /// Calls an operation for whose purpose these errors are no errors.
    async fn unless(&self, accepted: &[&str], operation: &'static str, body: Value) -> Result<(), KmsError> {
        match self.call(operation, &body).await {
            Ok(_) => Ok(()),
            Err(error) => error.unless(accepted),
        }
    }

    async fn delete(&self, id: &str) -> Result<(), KmsError> {
        let body = json!({"KeyId": id, "PendingWindowInDays": DELETION_WINDOW});
        // Deleted already: it is pending, or gone.
        let accepted = ["KMSInvalidStateException", "NotFoundException"];
        self.unless(&accepted, "ScheduleKeyDeletion", body).await
    }

    /// Waits until a replica takes material.
    async fn await_replica(&self, id: &str) -> Result<(), KmsError> {
        for _ in 0..REPLICA_TRIES {
            match self.call("DescribeKey", &json!({ "KeyId": id })).await {
                Ok(answer) if answer["KeyMetadata"]["KeyState"] != "Creating" => return Ok(()),
                Ok(_) => {}
                Err(error) => error.unless(&["NotFoundException"])?,
            }
            tokio::time::sleep(REPLICA_PAUSE).await;
        }
        Err(KmsError::Unreachable {
            provider: PROVIDER,
            operation: "ReplicateKey".into(),
            why: format!("the replica in {} is still being made", self.region),
        })
    }
}

pub(super) fn check_region(region: &str) -> Result<(), KmsError> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if region.is_empty() || region.len() > 32 || !region.bytes().all(fits) {
        let why = format!("{region:?} is no AWS region, such as eu-central-1");
        return Err(KmsError::Configuration(why));
    }
    Ok(())
}

fn alias(name: &str) -> String {
    format!("alias/hashicorp/{name}")
}

fn text(operation: &str, answer: &Value, pointer: &str) -> Result<String, KmsError> {
    let text = answer.pointer(pointer).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| KmsError::Unintelligible {
        provider: PROVIDER,
        operation: operation.into(),
    })
}

fn bytes(operation: &str, answer: &Value, pointer: &str) -> Result<Vec<u8>, KmsError> {
    let decoded = STANDARD.decode(text(operation, answer, pointer)?);
    decoded.map_err(|_| KmsError::Unintelligible {
        provider: PROVIDER,
        operation: operation.into(),
    })
}

/// Where a version is in its place from the beginning.
fn place<'a>(copy: &NewCopy<'a>) -> Result<&'a str, KmsError> {
    copy.id
        .ok_or_else(|| KmsError::Configuration("the version has no place at AWS yet".into()))
}

#[async_trait]
impl Provider for AwsKms {
    fn check_name(&self, name: &str) -> Result<(), KmsError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        if name.bytes().all(fits) && alias(name).len() <= 256 {
            return Ok(());
        }
        let why = format!("AWS KMS takes letters, digits, _ and - in a name, which {name:?} has not only");
        Err(KmsError::Configuration(why))
    }

    async fn find(&self, copy: &NewCopy<'_>) -> Result<Found, KmsError> {
        self.find_attempt(copy).await
    }

    async fn prepare(&self, copy: &NewCopy<'_>) -> Result<Option<String>, KmsError> {
        let tag = |key: &str, value: String| json!({"TagKey": key, "TagValue": value});
        let body = json!({
            "Origin": "EXTERNAL",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "MultiRegion": copy.key.multi_region,
            "Description": format!("{} version {}, distributed by casemate", copy.key.name, copy.version),
            "Tags": [
                tag("key_name", copy.key.name.into()),
                tag("key_version", copy.version.to_string()),
                tag(ATTEMPT_TAG, copy.attempt.to_string()),
            ],
        });
        let answer = self.call("CreateKey", &body).await?;
        text("CreateKey", &answer, "/KeyMetadata/KeyId").map(Some)
    }

    /// Only RSA-OAEP of the material itself: AWS offers the other way for asymmetric keys alone.
    async fn import_key(&self, copy: &NewCopy<'_>) -> Result<ImportKey, KmsError> {
        const OPERATION: &str = "GetParametersForImport";
        let body = json!({
            "KeyId": place(copy)?,
            "WrappingAlgorithm": "RSAES_OAEP_SHA_256",
            "WrappingKeySpec": "RSA_4096",
        });
        let answer = self.call(OPERATION, &body).await?;
        Ok(ImportKey {
            public: bytes(OPERATION, &answer, "/PublicKey")?,
            wrapping: Wrapping::Oaep(OaepHash::Sha256),
            token: bytes(OPERATION, &answer, "/ImportToken")?,
        })
    }

    async fn import(&self, copy: &NewCopy<'_>, key: &ImportKey, wrapped: &[u8]) -> Result<String, KmsError> {
        let id = place(copy)?;
        let body = json!({
            "KeyId": id,
            "ImportToken": STANDARD.encode(&key.token),
            "EncryptedKeyMaterial": STANDARD.encode(wrapped),
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
        });
        self.call("ImportKeyMaterial", &body).await?;
        Ok(id.to_owned())
    }

    async fn publish(&self, key: &CloudKey<'_>, id: &str) -> Result<(), KmsError> {
        let body = json!({"AliasName": alias(key.name), "TargetKeyId": id});
        match self.call("UpdateAlias", &body).await {
            Err(error) if error.code() == Some("NotFoundException") => {
                self.call("CreateAlias", &body).await.map(drop)
            }
            outcome => outcome.map(drop),
        }
    }

    async fn set_enabled(&self, _: &CloudKey<'_>, id: &str, enabled: bool) -> Result<(), KmsError> {
        let operation = if enabled { "EnableKey" } else { "DisableKey" };
        self.call(operation, &json!({ "KeyId": id })).await.map(drop)
    }

    /// The alias first: what still uses it must fail, not fall back on an older version.
    async fn remove(&self, key: &CloudKey<'_>, versions: &[CloudVersion<'_>]) -> Result<(), KmsError> {
        let body = json!({"AliasName": alias(key.name)});
        if !versions.is_empty() {
            self.unless(&["NotFoundException"], "DeleteAlias", body).await?;
        }
        for version in versions {
            for region in &version.regions {
                self.in_region(region)?.delete(version.id).await?;
            }
            self.delete(version.id).await?;
        }
        Ok(())
    }

    async fn replicate(&self, id: &str, region: &str) -> Result<Box<dyn Provider>, KmsError> {
        let replica = self.in_region(region)?;
        let body = json!({"KeyId": id, "ReplicaRegion": region});
        self.unless(&["AlreadyExistsException"], "ReplicateKey", body)
            .await?;
        replica.await_replica(id).await?;
        Ok(Box::new(replica))
    }
}
