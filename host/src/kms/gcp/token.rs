use super::PROVIDER;
use crate::engine::clock::{Clock, SystemClock};
use crate::http::PATIENCE;
use crate::kms::assertion::{self, Algorithm};
use crate::kms::bearer::Bearer;
use crate::kms::rest::Call;
use crate::kms::{Credentials, KmsError, Signer, google};
use serde_json::json;
use std::sync::Arc;
use zeroize::Zeroizing;

const SCOPE: &str = "https://www.googleapis.com/auth/cloudkms";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";
const METADATA_PATH: &str = "computeMetadata/v1/instance/service-accounts/default/token";
/// Seconds that an assertion is good for.
const LIFETIME: i64 = 3600;

/// Who asks Google.
pub(super) enum Identity {
    /// A service account, whose key the device has.
    Account {
        email: String,
        key_id: Option<String>,
        token_uri: String,
        signer: Arc<dyn Signer>,
    },
    /// The machine that the daemon runs on.
    Machine { metadata: String },
}

impl Identity {
    /// As the credentials say; the machine's own where they name no account.
    pub(super) fn of(credentials: &Credentials, signer: Option<Arc<dyn Signer>>) -> Self {
        let text = |name: &str| credentials.text(name).map(str::to_owned);
        match (text("client_email"), signer) {
            (Some(email), Some(signer)) => Self::Account {
                email,
                key_id: text("private_key_id"),
                token_uri: text("token_uri").unwrap_or_else(|| TOKEN_URI.into()),
                signer,
            },
            _ => Self::Machine {
                metadata: text("metadata").unwrap_or_else(google::metadata_url),
            },
        }
    }

    pub(super) async fn token(&self) -> Result<Bearer, KmsError> {
        let call = Call {
            provider: PROVIDER,
            operation: "a token".into(),
            repeatable: true,
            patience: PATIENCE,
        };
        let answer = match self {
            Self::Machine { metadata } => {
                let url = format!("{metadata}/{METADATA_PATH}");
                call.metadata(&url, ("Metadata-Flavor", "Google")).await?
            }
            Self::Account { token_uri, .. } => {
                let assertion = self.assertion().await?;
                let fields = [("grant_type", GRANT), ("assertion", assertion.as_str())];
                call.form(token_uri, &fields).await?
            }
        };
        Bearer::of(&answer).ok_or_else(|| call.unintelligible())
    }

    /// A JSON Web Token that the account signs (RFC 7523, section 3).
    async fn assertion(&self) -> Result<Zeroizing<String>, KmsError> {
        let Self::Account {
            email,
            key_id,
            token_uri,
            signer,
        } = self
        else {
            return Err(KmsError::Configuration("no service account".into()));
        };
        let now = SystemClock.now().as_nanos() / 1_000_000_000;
        let header = json!({ "kid": key_id });
        let claims = json!({
            "iss": email,
            "scope": SCOPE,
            "aud": token_uri,
            "iat": now,
            "exp": now + LIFETIME,
        });
        assertion::signed(&**signer, Algorithm::Rs256, header, &claims).await
    }
}
