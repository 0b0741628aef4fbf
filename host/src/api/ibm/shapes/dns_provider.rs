//! DNS providers, which prove names to public authorities.

use super::configuration::{configuration, new_configuration};
use super::loosely::loosely;
use utoipa::ToSchema;

configuration! {
    /// A DNS provider.
    Provider(ProviderSettings)
}

new_configuration! {
    /// A DNS provider: `type` is `cis` or `rfc2136`.
    NewProvider(NewProviderSettings)
}

/// What a DNS provider is set to.
#[derive(ToSchema)]
struct ProviderSettings {
    /// Of `cis`: the instance of Internet Services.
    #[schema(required = false)]
    cis_crn: String,
    /// Of `cis`: a marker, where a key is stored.
    #[schema(required = false)]
    cis_apikey: Option<String>,
    /// Of `rfc2136`: host and port.
    #[schema(required = false)]
    nameserver: String,
    /// Of `rfc2136`.
    #[schema(required = false)]
    tsig_algorithm: String,
    /// Of `rfc2136`.
    #[schema(required = false)]
    tsig_key_name: String,
    /// Of `rfc2136`: a marker.
    #[schema(required = false)]
    tsig_secret: Option<String>,
    /// Of `rfc2136`: where it is not found by asking.
    #[schema(required = false)]
    zone: Option<String>,
    /// Seconds until records are seen everywhere, where that was said.
    #[schema(required = false)]
    propagation: i64,
}

loosely! {
    /// What a DNS provider is to be set to.
    struct NewProviderSettings {
        may text {
            /** Of `cis`: the instance of Internet Services. */
            cis_crn,
            /** Of `cis`; kept where it is not said again. */
            cis_apikey,
            /** Of `rfc2136`: a host, and a port where it is not 53. */
            nameserver,
            /** Of `rfc2136`: `hmac-sha256`. */
            tsig_algorithm,
            /** Of `rfc2136`. */
            tsig_key_name,
            /** Of `rfc2136`: 16 bytes or more in base64; kept where it is not said again. */
            tsig_secret,
            /** Of `rfc2136`: where it is not to be found by asking. */
            zone,
            /** How long records take to be seen everywhere: an hour at most. */
            propagation,
        }
    }
}
