//! Certificate authorities of one's own, and what they sign.

use super::configuration::{configuration, new_configuration};
use super::loosely::{loosely, with_names, with_subject};
use crate::api::docs::loose;
use utoipa::ToSchema;
use utoipa::openapi::Schema;

configuration! {
    /// A certificate authority.
    Authority(AuthoritySettings)
}

new_configuration! {
    /// A root, which signs itself.
    NewRoot(NewRootSettings)
}

new_configuration! {
    /// An intermediate, which another authority signs.
    NewIntermediate(NewIntermediateSettings)
}

/// What an authority is set to and has been given.
#[derive(ToSchema)]
struct AuthoritySettings {
    common_name: String,
    /// Seconds, as all times here.
    max_ttl: i64,
    /// Of roots.
    #[schema(required = false)]
    ttl: i64,
    crl_expiry: i64,
    crl_disable: bool,
    crl_distribution_points_encoded: bool,
    issuing_certificates_urls_encoded: bool,
    #[schema(required = false)]
    alt_names: Vec<String>,
    #[schema(required = false)]
    ip_sans: Vec<String>,
    #[schema(required = false)]
    uri_sans: Vec<String>,
    other_sans: Vec<String>,
    format: String,
    private_key_format: String,
    exclude_cn_from_sans: bool,
    key_type: String,
    key_bits: u16,
    /// Of roots; -1 for any number.
    #[schema(required = false)]
    max_path_length: i64,
    /// Of roots.
    #[schema(required = false)]
    permitted_dns_domains: Vec<String>,
    ou: Vec<String>,
    organization: Vec<String>,
    country: Vec<String>,
    locality: Vec<String>,
    province: Vec<String>,
    street_address: Vec<String>,
    postal_code: Vec<String>,
    #[schema(required = false)]
    serial_number: String,
    /// Of intermediates.
    #[schema(required = false)]
    signing_method: String,
    #[schema(required = false)]
    issuer: String,
    #[schema(schema_with = status)]
    status: String,
    #[schema(required = false, format = DateTime)]
    expiration_date: String,
    data: Certified,
}

/// What an authority has been given; as the answer to an order to sign, what was signed.
#[derive(ToSchema)]
struct Certified {
    #[schema(required = false)]
    ca_chain: Vec<String>,
    #[schema(required = false)]
    certificate: String,
    /// Seconds since 1970.
    #[schema(required = false)]
    expiration: i64,
    #[schema(required = false)]
    issuing_ca: String,
    #[schema(required = false)]
    serial_number: String,
    /// Of an intermediate, to be signed elsewhere.
    #[schema(required = false)]
    csr: String,
    #[schema(required = false)]
    private_key_type: String,
    #[schema(required = false)]
    revocation_time: i64,
    #[schema(required = false, format = DateTime)]
    revocation_time_rfc3339: String,
}

fn status() -> Schema {
    loose::one_of([
        "certificate_template_required",
        "configured",
        "expired",
        "revoked",
        "signed_certificate_required",
        "signing_required",
    ])
}

/// With what any authority is to be set to.
macro_rules! authority {
    ($(#[$about:meta])* struct $name:ident { must text { $($must:ident),* } $($members:tt)* }) => {
        with_names! {
            with_subject {
                $(#[$about])*
                struct $name {
                    must text { common_name $(, $must)* }
                    must span { max_ttl }
                    $($members)*
                    may text { /** `rsa` or `ec` */ key_type }
                    may number { key_bits }
                    may span { crl_expiry }
                    may flag {
                        crl_disable,
                        crl_distribution_points_encoded,
                        issuing_certificates_urls_encoded,
                    }
                }
            }
        }
    };
}

authority! {
    /// What a root is to be set to. Lists may be texts with commas.
    struct NewRootSettings {
        must text {}
        may span { ttl }
        may text { /** -1 for any number. */ max_path_length }
        may list { permitted_dns_domains }
    }
}

authority! {
    /// What an intermediate is to be set to; `signing_method` is `internal` or `external`. Lists may be texts with commas.
    struct NewIntermediateSettings {
        must text { signing_method }
        may text { /** The authority that signs it, where that is internal. */ issuer }
    }
}

with_names! {
    with_subject {
        /// What an authority is to sign. Lists may be texts with commas.
        pub(in crate::api::ibm) struct SignOrder {
            may text {
                /** A certificate request in PEM, for `sign_csr`. */
                csr,
                /** An intermediate of ours, for `sign_intermediate`. */
                intermediate_certificate_authority,
                common_name,
                max_path_length,
            }
            may span { ttl }
            may list { permitted_dns_domains }
            may flag { use_csr_values }
        }
    }
}

loosely! {
    /// A certificate that somebody else has signed.
    pub(in crate::api::ibm) struct SignedElsewhere {
        must text { /** In PEM. */ certificate }
    }
}

loosely! {
    /// Which certificate of an authority's is revoked.
    pub(in crate::api::ibm) struct RevokedSerial {
        must text { serial_number }
    }
}
