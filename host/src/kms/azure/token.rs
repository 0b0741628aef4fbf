use super::PROVIDER;
use super::cloud::Cloud;
use crate::engine::clock::{Clock, SystemClock};
use crate::http::PATIENCE;
use crate::kms::assertion::{self, Algorithm};
use crate::kms::azure_application::{ASSERTION, THUMBPRINT};
use crate::kms::bearer::{Bearer, form};
use crate::kms::rest::Call;
use crate::kms::{Credentials, KmsError, Signer};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Where a machine in Azure asks for tokens of its own identity.
const METADATA: &str = "http://169.254.169.254";
const METADATA_PATH: &str = "metadata/identity/oauth2/token";
/// What a JSON Web Token in place of a secret is called (RFC 7523, section 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Seconds that an assertion is good for; Azure recommends 5 to 10 minutes at most.
const LIFETIME: i64 = 300;

/// Who asks Azure.
pub(super) enum Identity {
    Application(Application),
    /// The machine that the daemon runs on.
    Machine {
        metadata: String,
        /// Which of its identities, where it has several.
        client_id: Option<String>,
    },
}

/// An application of a tenant.
pub(super) struct Application {
    id: String,
    proof: Proof,
    /// Where its tokens are had.
    token_url: String,
}

/// What an application shows for itself.
enum Proof {
    Secret(Zeroizing<String>),
    /// The device signs with the key of the certificate of this thumbprint.
    Certificate(String, Arc<dyn Signer>),
    /// What another identity provider has signed.
    Assertion(Zeroizing<String>),
}

impl Proof {
    /// In the order of Azure's own libraries.
    fn of(credentials: &Credentials, signer: Option<Arc<dyn Signer>>) -> Option<Self> {
        let secret = |name: &str| credentials.text(name).map(|text| Zeroizing::new(text.to_owned()));
        let thumbprint = credentials.text(THUMBPRINT).map(str::to_owned);
        let certificate = || {
            let (thumbprint, signer) = thumbprint.zip(signer)?;
            Some(Self::Certificate(thumbprint, signer))
        };
        let proof = secret("client_secret").map(Self::Secret);
        proof
            .or_else(certificate)
            .or_else(|| secret(ASSERTION).map(Self::Assertion))
    }
}

impl Identity {
    /// As the credentials say; the machine's own where nothing among them proves who an application is.
    pub(super) fn of(
        credentials: &Credentials,
        cloud: Cloud,
        signer: Option<Arc<dyn Signer>>,
    ) -> Result<Self, KmsError> {
        let text = |name: &str| credentials.text(name).map(str::to_owned);
        let tenant = text("tenant_id").ok_or_else(|| {
            KmsError::Configuration("no Azure credentials: give tenant_id, or set AZURE_TENANT_ID".into())
        })?;
        let authority = text("authority").unwrap_or_else(|| cloud.authority.into());
        match (text("client_id"), Proof::of(credentials, signer)) {
            (Some(id), Some(proof)) => Ok(Self::Application(Application {
                id,
                proof,
                token_url: format!("{}/{tenant}/oauth2/v2.0/token", authority.trim_end_matches('/')),
            })),
            (client_id, None) => Ok(Self::Machine {
                metadata: text("metadata").unwrap_or_else(|| METADATA.into()),
                client_id,
            }),
            (None, Some(_)) => Err(KmsError::Configuration(
                "client_secret and client_certificate_path need the client_id of the application that they are of"
                    .into(),
            )),
        }
    }

    /// A token for a resource.
    pub(super) async fn token(&self, resource: &str) -> Result<Bearer, KmsError> {
        let whose = match self {
            Self::Application(_) => "a token",
            Self::Machine { .. } => "a token of the machine's identity",
        };
        let call = Call {
            provider: PROVIDER,
            operation: whose.into(),
            repeatable: true,
            patience: PATIENCE,
        };
        let answer = match self {
            Self::Application(application) => application.ask(&call, resource).await?,
            Self::Machine { metadata, client_id } => {
                let mut query = vec![("api-version", "2018-02-01"), ("resource", resource)];
                query.extend(client_id.as_deref().map(|id| ("client_id", id)));
                let url = format!("{metadata}/{METADATA_PATH}?{}", *form(&query));
                call.metadata(&url, ("Metadata", "true")).await?
            }
        };
        Bearer::of(&answer).ok_or_else(|| call.unintelligible())
    }
}

impl Application {
    /// Client credentials (RFC 6749, section 4.4).
    async fn ask(&self, call: &Call, resource: &str) -> Result<serde_json::Value, KmsError> {
        let scope = format!("{resource}/.default");
        let mut fields = vec![
            ("client_id", self.id.as_str()),
            ("grant_type", "client_credentials"),
            ("scope", &scope),
        ];
        let signed;
        let assertion = match &self.proof {
            Proof::Secret(secret) => {
                fields.push(("client_secret", secret));
                return call.form(&self.token_url, &fields).await;
            }
            Proof::Certificate(thumbprint, signer) => {
                signed = self.sign(thumbprint, &**signer).await?;
                &signed
            }
            Proof::Assertion(assertion) => assertion,
        };
        fields.push(("client_assertion_type", ASSERTION_TYPE));
        fields.push((ASSERTION, assertion));
        call.form(&self.token_url, &fields).await
    }

    /// An assertion that the device signs (Microsoft identity platform, "Certificate credentials").
    async fn sign(&self, thumbprint: &str, signer: &dyn Signer) -> Result<Zeroizing<String>, KmsError> {
        let now = SystemClock.now().as_nanos() / 1_000_000_000;
        let header = json!({ THUMBPRINT: thumbprint });
        let claims = json!({
            "aud": self.token_url,
            "exp": now + LIFETIME,
            "iat": now,
            "iss": self.id,
            "jti": Uuid::new_v4().to_string(),
            "nbf": now,
            "sub": self.id,
        });
        assertion::signed(signer, Algorithm::Ps256, header, &claims).await
    }
}
