//! Certificate templates.

use super::configuration::{configuration, new_configuration};
use super::loosely::{loosely, with_subject};
use utoipa::ToSchema;

configuration! {
    /// A certificate template.
    Template(TemplateSettings)
}

new_configuration! {
    /// What certificates may say.
    NewTemplate(NewTemplateSettings)
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

with_subject! {
    /// What a template is to be set to; what is not said is as in Vault. Lists may be texts with commas.
    struct NewTemplateSettings {
        must text { certificate_authority }
        may list {
            allowed_secret_groups,
            allowed_domains,
            allowed_uri_sans,
            allowed_other_sans,
            key_usage,
            ext_key_usage,
            ext_key_usage_oids,
            policy_identifiers,
        }
        may span { max_ttl, ttl, not_before_duration }
        may text { /** `rsa` or `ec` */ key_type }
        may number { key_bits }
        may flag {
            allow_localhost,
            allowed_domains_template,
            allow_bare_domains,
            allow_subdomains,
            allow_glob_domains,
            allow_any_name,
            enforce_hostnames,
            allow_ip_sans,
            server_flag,
            client_flag,
            code_signing_flag,
            email_protection_flag,
            use_csr_common_name,
            use_csr_sans,
            require_cn,
            basic_constraints_valid_for_non_ca,
        }
    }
}
