//! What the next version of a secret is made of, by its type.

use super::Object;
use crate::api::docs::loose;
use utoipa::ToSchema;

/// Another text.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct ArbitraryVersion {
    #[schema(min_length = 1)]
    payload: String,
    version_custom_metadata: Option<Object>,
}

/// Another object.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct KvVersion {
    payload: Object,
    version_custom_metadata: Option<Object>,
}

/// Another password.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct CredentialsVersion {
    /// 6 to 256 characters; one is made where there is none.
    password: Option<String>,
    version_custom_metadata: Option<Object>,
}

/// Another certificate.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct CertificateVersion {
    #[schema(min_length = 1)]
    certificate: String,
    private_key: Option<String>,
    intermediate: Option<String>,
    version_custom_metadata: Option<Object>,
}

/// A certificate anew.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct PrivateVersion {
    /// Another request, where one was made by a request.
    csr: Option<String>,
    version_custom_metadata: Option<Object>,
}

/// A certificate that is ordered anew.
#[derive(ToSchema)]
pub(in crate::api::ibm) struct PublicVersion {
    /// Whether it gets another key.
    #[schema(schema_with = loose::flag, required = false)]
    rotate_keys: Option<bool>,
}
