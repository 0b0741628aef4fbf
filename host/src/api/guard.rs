use super::okms::fault::Fault;
use super::vault::Credential;
use crate::auth::{Auth, AuthError, Capability, Identity};

/// Who is asking, and what their policies allow.
pub(super) struct Caller(Identity);

impl Caller {
    /// The holder of the token that a request carries.
    pub(super) async fn of(auth: &Auth, credential: Option<Credential<'_>>) -> Result<Self, Fault> {
        let Some(Credential { token, carrier }) = credential else {
            return Err(Fault::unauthenticated(None));
        };
        match auth.authenticate(token).await {
            Ok(identity) => Ok(Self(identity)),
            Err(AuthError::Denied) => Err(Fault::unauthenticated(Some(carrier))),
            Err(error) => Err(error.into()),
        }
    }

    /// Refuses what no policy allows.
    pub(super) fn may(&self, capability: Capability, path: &str) -> Result<(), Fault> {
        match self.0.allows(path, capability) {
            true => Ok(()),
            false => Err(Fault::forbidden()),
        }
    }
}
