//! The shapes of configurations. [`crate::api::ibm::config`] reads and shows them field by field.

#![allow(
    dead_code,
    reason = "nothing is made of them: bodies are read, and answers made, field by field"
)]

use crate::api::docs::loose;

use utoipa::ToSchema;

/// Configurations of one kind, under its name.
#[derive(ToSchema)]
pub(super) struct Configurations {
    #[schema(required = false)]
    root_certificate_authorities: Vec<ListedConfiguration>,
    #[schema(required = false)]
    intermediate_certificate_authorities: Vec<ListedConfiguration>,
    #[schema(required = false)]
    certificate_templates: Vec<ListedConfiguration>,
    #[schema(required = false)]
    certificate_authorities: Vec<ListedConfiguration>,
    #[schema(required = false)]
    dns_providers: Vec<ListedConfiguration>,
}

/// A configuration as it stands in a list.
#[derive(ToSchema)]
struct ListedConfiguration {
    name: String,
    r#type: String,
}

/// An answer about a configuration.
macro_rules! configuration {
    ($(#[$doc:meta])* $name:ident($config:ident)) => {
        $(#[$doc])*
        #[derive(ToSchema)]
        pub(super) struct $name {
            config: $config,
            name: String,
            r#type: String,
        }
    };
}

/// A body about a configuration. The settings may stand beside the name too.
macro_rules! new_configuration {
    ($(#[$doc:meta])* $name:ident($config:ident)) => {
        $(#[$doc])*
        #[derive(ToSchema)]
        pub(super) struct $name {
            /// 2 to 256 letters, digits, dots and dashes. Where the path has it, it may be left out.
            #[schema(schema_with = loose::text, required = false)]
            name: Option<String>,
            #[schema(schema_with = loose::text)]
            r#type: String,
            /// Where it is not there, the settings stand beside the name.
            config: Option<$config>,
        }
    };
}

configuration! {
    /// A certificate authority.
    Authority(AuthoritySettings)
}
configuration! {
    /// A certificate template.
    Template(TemplateSettings)
}
configuration! {
    /// An account at a public authority.
    Account(AccountSettings)
}
configuration! {
    /// A DNS provider.
    Provider(ProviderSettings)
}
new_configuration! {
    /// A root, which signs itself.
    NewRoot(NewRootSettings)
}
new_configuration! {
    /// An intermediate, which another authority signs.
    NewIntermediate(NewIntermediateSettings)
}
new_configuration! {
    /// What certificates may say.
    NewTemplate(NewTemplateSettings)
}
new_configuration! {
    /// An account at a public authority: `type` says which.
    NewAccount(NewAccountSettings)
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

/// What a DNS provider is to be set to.
#[derive(ToSchema)]
struct NewProviderSettings {
    /// Of `cis`: the instance of Internet Services.
    #[schema(schema_with = loose::text, required = false)]
    cis_crn: Option<String>,
    /// Of `cis`; kept where it is not said again.
    #[schema(schema_with = loose::text, required = false)]
    cis_apikey: Option<String>,
    /// Of `rfc2136`: a host, and a port where it is not 53.
    #[schema(schema_with = loose::text, required = false)]
    nameserver: Option<String>,
    /// Of `rfc2136`: `hmac-sha256`.
    #[schema(schema_with = loose::text, required = false)]
    tsig_algorithm: Option<String>,
    /// Of `rfc2136`.
    #[schema(schema_with = loose::text, required = false)]
    tsig_key_name: Option<String>,
    /// Of `rfc2136`: 16 bytes or more in base64; kept where it is not said again.
    #[schema(schema_with = loose::text, required = false)]
    tsig_secret: Option<String>,
    /// Of `rfc2136`: where it is not to be found by asking.
    #[schema(schema_with = loose::text, required = false)]
    zone: Option<String>,
    /// How long records take to be seen everywhere: an hour at most.
    #[schema(schema_with = loose::text, required = false)]
    propagation: Option<String>,
}

/// What an account is set to.
#[derive(ToSchema)]
struct AccountSettings {
    /// The hash of the public half: the private one is in the device.
    #[schema(required = false)]
    private_key: String,
}

/// What an account is to be set to.
#[derive(ToSchema)]
struct NewAccountSettings {
    /// The account's key: PKCS#8 in PEM, RSA or P-256.
    #[schema(schema_with = loose::text, required = false)]
    private_key: Option<String>,
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

fn status() -> utoipa::openapi::Schema {
    loose::one_of([
        "certificate_template_required",
        "configured",
        "expired",
        "revoked",
        "signed_certificate_required",
        "signing_required",
    ])
}

/// What a template is set to.
#[derive(ToSchema)]
struct TemplateSettings {
    certificate_authority: String,
    /// With commas between them.
    allowed_secret_groups: String,
    max_ttl: i64,
    ttl: i64,
    allow_localhost: bool,
    allowed_domains: Vec<String>,
    allowed_domains_template: bool,
    allow_bare_domains: bool,
    allow_subdomains: bool,
    allow_glob_domains: bool,
    allow_any_name: bool,
    enforce_hostnames: bool,
    allow_ip_sans: bool,
    allowed_uri_sans: Vec<String>,
    allowed_other_sans: Vec<String>,
    server_flag: bool,
    client_flag: bool,
    code_signing_flag: bool,
    email_protection_flag: bool,
    key_type: String,
    key_bits: u16,
    key_usage: Vec<String>,
    ext_key_usage: Vec<String>,
    ext_key_usage_oids: Vec<String>,
    use_csr_common_name: bool,
    use_csr_sans: bool,
    ou: Vec<String>,
    organization: Vec<String>,
    country: Vec<String>,
    locality: Vec<String>,
    province: Vec<String>,
    street_address: Vec<String>,
    postal_code: Vec<String>,
    #[schema(required = false)]
    serial_number: String,
    require_cn: bool,
    policy_identifiers: Vec<String>,
    basic_constraints_valid_for_non_ca: bool,
    not_before_duration: i64,
}

/// What names stand in certificates, and how they are sent. Lists may be texts with commas.
macro_rules! named {
    ($(#[$doc:meta])* $visible:vis struct $name:ident { $($fields:tt)* }) => {
        $(#[$doc])*
        #[derive(ToSchema)]
        $visible struct $name {
            $($fields)*
            #[schema(schema_with = loose::list, required = false)]
            alt_names: Option<Vec<String>>,
            #[schema(schema_with = loose::list, required = false)]
            ip_sans: Option<Vec<String>>,
            #[schema(schema_with = loose::list, required = false)]
            uri_sans: Option<Vec<String>>,
            /// `<oid>:UTF8:<text>`
            #[schema(schema_with = loose::list, required = false)]
            other_sans: Option<Vec<String>>,
            /// `pem` or `pem_bundle`
            #[schema(schema_with = loose::text, required = false)]
            format: Option<String>,
            /// `der` or `pkcs8`
            #[schema(schema_with = loose::text, required = false)]
            private_key_format: Option<String>,
            #[schema(schema_with = loose::flag, required = false)]
            exclude_cn_from_sans: Option<bool>,
            #[schema(schema_with = loose::list, required = false)]
            ou: Option<Vec<String>>,
            #[schema(schema_with = loose::list, required = false)]
            organization: Option<Vec<String>>,
            #[schema(schema_with = loose::list, required = false)]
            country: Option<Vec<String>>,
            #[schema(schema_with = loose::list, required = false)]
            locality: Option<Vec<String>>,
            #[schema(schema_with = loose::list, required = false)]
            province: Option<Vec<String>>,
            #[schema(schema_with = loose::list, required = false)]
            street_address: Option<Vec<String>>,
            #[schema(schema_with = loose::list, required = false)]
            postal_code: Option<Vec<String>>,
            #[schema(schema_with = loose::text, required = false)]
            serial_number: Option<String>,
        }
    };
}

named! {
    /// What a root is to be set to.
    struct NewRootSettings {
        #[schema(schema_with = loose::text)]
        common_name: String,
        #[schema(schema_with = loose::span)]
        max_ttl: String,
        #[schema(schema_with = loose::span, required = false)]
        ttl: Option<String>,
        /// -1 for any number.
        #[schema(schema_with = loose::text, required = false)]
        max_path_length: Option<String>,
        #[schema(schema_with = loose::list, required = false)]
        permitted_dns_domains: Option<Vec<String>>,
        /// `rsa` or `ec`
        #[schema(schema_with = loose::text, required = false)]
        key_type: Option<String>,
        #[schema(schema_with = loose::number, required = false)]
        key_bits: Option<u16>,
        #[schema(schema_with = loose::span, required = false)]
        crl_expiry: Option<String>,
        #[schema(schema_with = loose::flag, required = false)]
        crl_disable: Option<bool>,
        #[schema(schema_with = loose::flag, required = false)]
        crl_distribution_points_encoded: Option<bool>,
        #[schema(schema_with = loose::flag, required = false)]
        issuing_certificates_urls_encoded: Option<bool>,
    }
}

named! {
    /// What an intermediate is to be set to.
    struct NewIntermediateSettings {
        #[schema(schema_with = loose::text)]
        common_name: String,
        #[schema(schema_with = loose::span)]
        max_ttl: String,
        /// `internal` or `external`
        #[schema(schema_with = loose::text)]
        signing_method: String,
        /// The authority that signs it, where that is internal.
        #[schema(schema_with = loose::text, required = false)]
        issuer: Option<String>,
        /// `rsa` or `ec`
        #[schema(schema_with = loose::text, required = false)]
        key_type: Option<String>,
        #[schema(schema_with = loose::number, required = false)]
        key_bits: Option<u16>,
        #[schema(schema_with = loose::span, required = false)]
        crl_expiry: Option<String>,
        #[schema(schema_with = loose::flag, required = false)]
        crl_disable: Option<bool>,
        #[schema(schema_with = loose::flag, required = false)]
        crl_distribution_points_encoded: Option<bool>,
        #[schema(schema_with = loose::flag, required = false)]
        issuing_certificates_urls_encoded: Option<bool>,
    }
}

named! {
    /// What an authority is to sign.
    pub(super) struct SignOrder {
        /// A certificate request in PEM, for `sign_csr`.
        #[schema(schema_with = loose::text, required = false)]
        csr: Option<String>,
        /// An intermediate of ours, for `sign_intermediate`.
        #[schema(schema_with = loose::text, required = false)]
        intermediate_certificate_authority: Option<String>,
        #[schema(schema_with = loose::text, required = false)]
        common_name: Option<String>,
        #[schema(schema_with = loose::span, required = false)]
        ttl: Option<String>,
        #[schema(schema_with = loose::text, required = false)]
        max_path_length: Option<String>,
        #[schema(schema_with = loose::list, required = false)]
        permitted_dns_domains: Option<Vec<String>>,
        #[schema(schema_with = loose::flag, required = false)]
        use_csr_values: Option<bool>,
    }
}

/// A certificate that somebody else has signed.
#[derive(ToSchema)]
pub(super) struct SignedElsewhere {
    /// In PEM.
    #[schema(schema_with = loose::text)]
    certificate: String,
}

/// Which certificate of an authority's is revoked.
#[derive(ToSchema)]
pub(super) struct RevokedSerial {
    #[schema(schema_with = loose::text)]
    serial_number: String,
}

/// What a template is to be set to; what is not said is as in Vault. Lists may be texts with commas.
#[derive(ToSchema)]
struct NewTemplateSettings {
    #[schema(schema_with = loose::text)]
    certificate_authority: String,
    #[schema(schema_with = loose::list, required = false)]
    allowed_secret_groups: Option<Vec<String>>,
    #[schema(schema_with = loose::span, required = false)]
    max_ttl: Option<String>,
    #[schema(schema_with = loose::span, required = false)]
    ttl: Option<String>,
    #[schema(schema_with = loose::flag, required = false)]
    allow_localhost: Option<bool>,
    #[schema(schema_with = loose::list, required = false)]
    allowed_domains: Option<Vec<String>>,
    #[schema(schema_with = loose::flag, required = false)]
    allowed_domains_template: Option<bool>,
    #[schema(schema_with = loose::flag, required = false)]
    allow_bare_domains: Option<bool>,
    #[schema(schema_with = loose::flag, required = false)]
    allow_subdomains: Option<bool>,
    #[schema(schema_with = loose::flag, required = false)]
    allow_glob_domains: Option<bool>,
    #[schema(schema_with = loose::flag, required = false)]
    allow_any_name: Option<bool>,
    #[schema(schema_with = loose::flag, required = false)]
    enforce_hostnames: Option<bool>,
    #[schema(schema_with = loose::flag, required = false)]
    allow_ip_sans: Option<bool>,
    #[schema(schema_with = loose::list, required = false)]
    allowed_uri_sans: Option<Vec<String>>,
    #[schema(schema_with = loose::list, required = false)]
    allowed_other_sans: Option<Vec<String>>,
    #[schema(schema_with = loose::flag, required = false)]
    server_flag: Option<bool>,
    #[schema(schema_with = loose::flag, required = false)]
    client_flag: Option<bool>,
    #[schema(schema_with = loose::flag, required = false)]
    code_signing_flag: Option<bool>,
    #[schema(schema_with = loose::flag, required = false)]
    email_protection_flag: Option<bool>,
    /// `rsa` or `ec`
    #[schema(schema_with = loose::text, required = false)]
    key_type: Option<String>,
    #[schema(schema_with = loose::number, required = false)]
    key_bits: Option<u16>,
    #[schema(schema_with = loose::list, required = false)]
    key_usage: Option<Vec<String>>,
    #[schema(schema_with = loose::list, required = false)]
    ext_key_usage: Option<Vec<String>>,
    #[schema(schema_with = loose::list, required = false)]
    ext_key_usage_oids: Option<Vec<String>>,
    #[schema(schema_with = loose::flag, required = false)]
    use_csr_common_name: Option<bool>,
    #[schema(schema_with = loose::flag, required = false)]
    use_csr_sans: Option<bool>,
    #[schema(schema_with = loose::flag, required = false)]
    require_cn: Option<bool>,
    #[schema(schema_with = loose::list, required = false)]
    policy_identifiers: Option<Vec<String>>,
    #[schema(schema_with = loose::flag, required = false)]
    basic_constraints_valid_for_non_ca: Option<bool>,
    #[schema(schema_with = loose::span, required = false)]
    not_before_duration: Option<String>,
}
