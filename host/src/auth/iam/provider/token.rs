use super::{Provider, ProviderError, ServiceId};
use crate::engine::clock::Time;
use serde_json::{Value, json};
use uuid::Uuid;
use zeroize::Zeroizing;

/// What tokens are good for.
pub const SCOPE: &str = "ibm openid";
/// Seconds that a token lives, unless its API key ends earlier.
const LIFETIME: i64 = 3600;
/// The claim that says when the API key ends, where it does: seconds after the epoch. Nothing that comes of the token
/// outlives it.
pub(in crate::auth::iam) const LEASE_END: &str = "lease_end";

/// A token that was made.
pub struct Issued {
    /// Its text, for the one who asked for it.
    pub text: Zeroizing<String>,
    /// Seconds that it lives.
    pub lifetime: i64,
    /// When it ends, in seconds after the epoch.
    pub expiration: i64,
}

impl Provider {
    /// Exchanges an API key for a token.
    ///
    /// # Errors
    /// [`ProviderError::UnknownApiKey`], and those of device and store.
    pub async fn issue(
        &self,
        api_key: &str,
        grant_type: &str,
        client: &str,
    ) -> Result<Issued, ProviderError> {
        let (key, service) = self.holder(api_key)?;
        let now = seconds(self.now());
        let lease_end = key.expires.map(seconds);
        let lifetime = lease_end.map_or(LIFETIME, |end| LIFETIME.min(end - now));
        let mut claims = self.claims(&service, now);
        claims["exp"] = (now + lifetime).into();
        if let Some(end) = lease_end {
            claims[LEASE_END] = end.into();
        }
        claims["grant_type"] = grant_type.into();
        claims["client_id"] = client.into();
        Ok(Issued {
            text: self.signing.sign(&claims).await?,
            lifetime,
            expiration: now + lifetime,
        })
    }

    /// What IBM's tokens say of a service id.
    fn claims(&self, service: &ServiceId, now: i64) -> Value {
        let (id, iam_id) = (service.id(), service.iam_id());
        json!({
            "iam_id": iam_id,
            "id": iam_id,
            "realmid": "iam",
            "jti": Uuid::new_v4().to_string(),
            "identifier": id,
            "name": service.name,
            "sub": id,
            "sub_type": "ServiceId",
            "authn": {"sub": id, "iam_id": iam_id, "sub_type": "ServiceId", "name": service.name},
            "account": {"valid": true, "bss": self.account, "frozen": true},
            "iat": now,
            "iss": self.issuer,
            "scope": SCOPE,
            "acr": 1,
            "amr": ["pwd"],
        })
    }
}

fn seconds(time: Time) -> i64 {
    time.as_nanos().div_euclid(1_000_000_000)
}
