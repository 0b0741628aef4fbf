use super::PROVIDER;
use super::cloud::Cloud;
use crate::kms::bearer::Bearer;
use crate::kms::rest::Call;
use crate::kms::{Credentials, KmsError};
use zeroize::Zeroizing;

/// Where a machine in Azure asks for tokens of its own identity.
const METADATA: &str = "http://169.254.169.254";

/// Who asks Azure.
pub(super) enum Identity {
    /// An application with a secret.
    Client {
        tenant: String,
        id: String,
        secret: Zeroizing<String>,
        authority: String,
    },
    /// The machine that the daemon runs on.
    Machine { metadata: String },
}

impl Identity {
    /// As the credentials say; the machine's own where they name no application.
    pub(super) fn of(credentials: &Credentials, cloud: Cloud) -> Result<Self, KmsError> {
        let text = |name: &str| credentials.text(name).map(str::to_owned);
        let tenant = text("tenant_id").ok_or_else(|| {
            KmsError::Configuration("no Azure credentials: give tenant_id, or set AZURE_TENANT_ID".into())
        })?;
        match (text("client_id"), text("client_secret")) {
            (Some(id), Some(secret)) => Ok(Self::Client {
                tenant,
                id,
                secret: Zeroizing::new(secret),
                authority: text("authority").unwrap_or_else(|| cloud.authority.into()),
            }),
            (None, None) => Ok(Self::Machine {
                metadata: text("metadata").unwrap_or_else(|| METADATA.into()),
            }),
            _ => Err(KmsError::Configuration(
                "client_id and client_secret go together: give both, or neither to use the machine's identity".into(),
            )),
        }
    }

    /// A token for a resource.
    pub(super) async fn token(&self, resource: &str) -> Result<Bearer, KmsError> {
        let call = Call {
            provider: PROVIDER,
            operation: "a token".into(),
            repeatable: true,
        };
        let answer = match self {
            Self::Client {
                tenant,
                id,
                secret,
                authority,
            } => {
                let scope = format!("{resource}/.default");
                let url = format!("{authority}/{tenant}/oauth2/v2.0/token");
                let fields = [
                    ("client_id", id.as_str()),
                    ("client_secret", secret),
                    ("grant_type", "client_credentials"),
                    ("scope", &scope),
                ];
                call.form(&url, &fields).await?
            }
            Self::Machine { metadata } => {
                let path = "metadata/identity/oauth2/token?api-version=2018-02-01";
                let url = format!("{metadata}/{path}&resource={resource}");
                call.metadata(&url, ("Metadata", "true")).await?
            }
        };
        Bearer::of(&answer).ok_or_else(|| call.unintelligible())
    }
}
