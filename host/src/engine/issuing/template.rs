use super::{KeySpec, Subject, refused};
use crate::engine::EngineError;
use crate::engine::span::Span;
use serde::{Deserialize, Serialize};
use x509_cert::der::flagset::FlagSet;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::oid::db::rfc5280;
use x509_cert::ext::pkix::KeyUsages;

/// What certificates may say that are issued by it. The names and the meanings are those of IBM's API, which are those
/// of a role in Vault's PKI engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// The authority that signs.
    pub certificate_authority: String,
    /// Groups whose secrets may be made by it; all where none is named.
    pub allowed_secret_groups: Vec<String>,
    /// The longest that a certificate counts, in seconds.
    pub max_ttl: i64,
    /// How long it counts where nobody says, in seconds.
    pub ttl: i64,
    /// Whether `localhost` is a name that anybody may have.
    pub allow_localhost: bool,
    /// The domains that the other rules are about.
    pub allowed_domains: Vec<String>,
    /// Whether `{{identity.entity.name}}` in a domain stands for who asks.
    pub allowed_domains_template: bool,
    /// Whether a domain itself may be certified.
    pub allow_bare_domains: bool,
    /// Whether names in a domain may be, wildcards too.
    pub allow_subdomains: bool,
    /// Whether `*` in a domain stands for any text.
    pub allow_glob_domains: bool,
    /// Whether any name may be certified.
    pub allow_any_name: bool,
    /// Whether every name has to be a hostname, that of an address of email too.
    pub enforce_hostnames: bool,
    /// Whether IP addresses may be certified.
    pub allow_ip_sans: bool,
    /// Patterns of the URIs that may be certified.
    pub allowed_uri_sans: Vec<String>,
    /// Patterns of other names, `<oid>:UTF8:<pattern>`, or `*` for all.
    pub allowed_other_sans: Vec<String>,
    /// For servers of TLS.
    pub server_flag: bool,
    /// For clients of TLS.
    pub client_flag: bool,
    /// For signing code.
    pub code_signing_flag: bool,
    /// For email.
    pub email_protection_flag: bool,
    /// The kind of key that certificates have.
    #[serde(flatten)]
    pub key: KeySpec,
    /// What keys are for, by Go's names.
    pub key_usage: Vec<String>,
    /// What keys are for beside the flags, by Go's names.
    pub ext_key_usage: Vec<String>,
    /// The same, by object identifiers.
    pub ext_key_usage_oids: Vec<String>,
    /// Whether a request's common name counts, and not that beside it.
    pub use_csr_common_name: bool,
    /// Whether a request's alternative names count, and not those beside it.
    pub use_csr_sans: bool,
    /// What stands in the subject beside the common name.
    #[serde(flatten)]
    pub subject: Subject,
    /// Whether a common name has to be there.
    pub require_cn: bool,
    /// The policies that certificates are issued under.
    pub policy_identifiers: Vec<String>,
    /// Whether certificates say that they are no authority's.
    pub basic_constraints_valid_for_non_ca: bool,
    /// How long before it is made a certificate begins to count, in seconds.
    pub not_before_duration: i64,
}

/// Go's names of usages of a key, in the order of the bits.
const KEY_USAGES: [(&str, KeyUsages); 9] = [
    ("DigitalSignature", KeyUsages::DigitalSignature),
    ("ContentCommitment", KeyUsages::NonRepudiation),
    ("KeyEncipherment", KeyUsages::KeyEncipherment),
    ("DataEncipherment", KeyUsages::DataEncipherment),
    ("KeyAgreement", KeyUsages::KeyAgreement),
    ("CertSign", KeyUsages::KeyCertSign),
    ("CRLSign", KeyUsages::CRLSign),
    ("EncipherOnly", KeyUsages::EncipherOnly),
    ("DecipherOnly", KeyUsages::DecipherOnly),
];

/// Go's names of extended usages.
const EXTENDED: [(&str, ObjectIdentifier); 10] = [
    ("Any", rfc5280::ANY_EXTENDED_KEY_USAGE),
    ("ServerAuth", rfc5280::ID_KP_SERVER_AUTH),
    ("ClientAuth", rfc5280::ID_KP_CLIENT_AUTH),
    ("CodeSigning", rfc5280::ID_KP_CODE_SIGNING),
    ("EmailProtection", rfc5280::ID_KP_EMAIL_PROTECTION),
    (
        "IPSECEndSystem",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.5"),
    ),
    ("IPSECTunnel", ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.6")),
    ("IPSECUser", ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.7")),
    ("TimeStamping", rfc5280::ID_KP_TIME_STAMPING),
    ("OCSPSigning", rfc5280::ID_KP_OCSP_SIGNING),
];

impl Template {
    /// The longest that a certificate counts.
    pub(super) fn longest(&self) -> Span {
        Span::from_secs(self.max_ttl)
    }

    /// What keys are for. An authority's usages are not to be had.
    pub(super) fn usages(&self) -> Result<FlagSet<KeyUsages>, EngineError> {
        let mut usages = FlagSet::default();
        for name in &self.key_usage {
            let known = named(&KEY_USAGES, name, "KeyUsage");
            usages |= known.ok_or_else(|| unknown("key_usage", name, &KEY_USAGES.map(|(name, _)| name)))?;
        }
        if usages.contains(KeyUsages::KeyCertSign) || usages.contains(KeyUsages::CRLSign) {
            return Err(refused(
                "key_usage: CertSign and CRLSign are for authorities only",
            ));
        }
        Ok(usages)
    }

    /// What keys are for in detail, each once.
    pub(super) fn extended_usages(&self) -> Result<Vec<ObjectIdentifier>, EngineError> {
        let flags = [
            (self.server_flag, rfc5280::ID_KP_SERVER_AUTH),
            (self.client_flag, rfc5280::ID_KP_CLIENT_AUTH),
            (self.code_signing_flag, rfc5280::ID_KP_CODE_SIGNING),
            (self.email_protection_flag, rfc5280::ID_KP_EMAIL_PROTECTION),
        ];
        let mut usages: Vec<_> = flags
            .into_iter()
            .filter(|(set, _)| *set)
            .map(|(_, oid)| oid)
            .collect();
        for name in &self.ext_key_usage {
            let known = named(&EXTENDED, name, "ExtKeyUsage");
            usages
                .push(known.ok_or_else(|| unknown("ext_key_usage", name, &EXTENDED.map(|(name, _)| name)))?);
        }
        usages.extend(oids("ext_key_usage_oids", &self.ext_key_usage_oids)?);
        let mut once = Vec::new();
        for usage in usages {
            if !once.contains(&usage) {
                once.push(usage);
            }
        }
        Ok(once)
    }

    /// The policies that certificates are issued under.
    pub(super) fn policies(&self) -> Result<Vec<ObjectIdentifier>, EngineError> {
        oids("policy_identifiers", &self.policy_identifiers)
    }

    /// Refuses what no certificate could be made by.
    pub(super) fn check(&self) -> Result<(), EngineError> {
        self.usages()?;
        self.extended_usages()?;
        self.policies()?;
        self.subject.name(None)?;
        let others = self.allowed_other_sans.iter().filter(|pattern| *pattern != "*");
        others
            .map(|pattern| super::order::other_name(pattern))
            .collect::<Result<Vec<_>, _>>()?;
        if self.not_before_duration < 0 {
            return Err(refused("not_before_duration must not be negative"));
        }
        match self.ttl > self.max_ttl {
            true => Err(refused("ttl must not be longer than max_ttl")),
            false => Ok(()),
        }
    }
}

/// What has this name, which may begin with the name of its type in Go.
fn named<T: Copy>(table: &[(&str, T)], name: &str, prefix: &str) -> Option<T> {
    let name = name.strip_prefix(prefix).unwrap_or(name);
    let mut found = table.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| *value)
}

fn unknown(field: &str, name: &str, known: &[&str]) -> EngineError {
    refused(format!("{field}: {name:?} is none of {}", known.join(", ")))
}

fn oids(field: &str, texts: &[String]) -> Result<Vec<ObjectIdentifier>, EngineError> {
    let parsed = texts.iter().map(|text| {
        let bad = || refused(format!("{field}: {text:?} is no object identifier"));
        text.parse().map_err(|_| bad())
    });
    parsed.collect()
}
