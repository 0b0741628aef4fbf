//! What opens a provider to us: what its API takes, and what of that is a key, which the device is to keep.

use super::{KmsError, ProviderKind, aws_file, aws_role, azure_application, google};
use casemate_common::blob::{HmacKey, KeyType};
use hyper::Uri;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The section `[kms]` of the settings file: what of this machine requests may name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct KmsSettings {
    /// PKCS#11 modules that providers may use: whoever can name a file to load can run code here.
    pub pkcs11_modules: Vec<PathBuf>,
    /// The directory with the service account and client certificate files that providers may name.
    pub service_accounts: Option<PathBuf>,
    /// Addresses that providers may name for what this machine's own credentials open. Whoever makes a provider could
    /// otherwise have those sent to a server of their own.
    pub endpoints: Vec<String>,
}

/// Credentials that say where a provider, or what opens it, is.
const PLACES: [&str; 4] = ["endpoint", "authority", "token_uri", "metadata"];

/// Credentials that make sense only with who we are: nothing of them is used with another's.
const PERSONAL: [&str; 7] = [
    azure_application::ASSERTION,
    azure_application::THUMBPRINT,
    "client_email",
    "client_secret",
    "private_key_id",
    "session_token",
    "token_uri",
];

/// Names and values, some of them secret; zeroized when dropped.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Credentials(Vec<(String, String)>);

impl Credentials {
    /// The value of this name; `None` for an empty one too.
    pub fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Adds a value, or replaces the one of this name.
    pub fn set(&mut self, name: &str, value: &str) {
        self.take(name);
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Takes a value out.
    pub(super) fn take(&mut self, name: &str) -> Option<Zeroizing<String>> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(Zeroizing::new(self.0.swap_remove(at).1))
    }

    /// These, and of the others what these do not have.
    #[must_use]
    pub fn over(mut self, others: &Self) -> Self {
        for (name, value) in &others.0 {
            if self.text(name).is_none() {
                self.set(name, value);
            }
        }
        self
    }

    /// Without what makes sense only with who they say that we are: where others say that, the rest may complete those.
    #[must_use]
    pub fn impersonal(mut self) -> Self {
        for name in PERSONAL {
            self.take(name);
        }
        self
    }

    /// Refuses to send this machine's own credentials to where these say, unless the settings name that place.
    ///
    /// # Errors
    /// [`KmsError::Configuration`] with what may be done.
    pub fn check_places(&self, settings: &KmsSettings) -> Result<(), KmsError> {
        for place in PLACES {
            let Some(address) = self.text(place) else { continue };
            if !settings.endpoints.iter().any(|known| known == address) {
                return Err(KmsError::Configuration(format!(
                    "credentials of the machine that casemate runs on are not sent to {place} {address:?}: give credentials \
                     beside it, or name it in endpoints of the section [kms] of the settings file"
                )));
            }
        }
        Ok(())
    }

    /// Whether these say who we are to a provider of this kind.
    pub fn identify(&self, kind: ProviderKind) -> bool {
        let names: &[&str] = match kind {
            ProviderKind::AwsKms => &["access_key"],
            ProviderKind::AzureKeyVault => &[
                "client_secret",
                azure_application::THUMBPRINT,
                azure_application::ASSERTION,
            ],
            ProviderKind::GcpCkms => &["client_email"],
            ProviderKind::Pkcs11 => &["pin"],
        };
        names.iter().any(|name| self.text(name).is_some())
    }

    fn from_variables(variables: &[(&str, &str)]) -> Self {
        let mut found = Self::default();
        for (name, variable) in variables {
            if let Ok(value) = std::env::var(variable) {
                found.set(name, &Zeroizing::new(value));
            }
        }
        found
    }
}

/// A credential that is itself a key, on its way into the device.
pub struct SigningKey {
    /// What kind of key.
    pub key_type: KeyType,
    /// The key, as the device imports it.
    pub material: Zeroizing<Vec<u8>>,
}

/// Credentials, apart from the key among them.
#[derive(Default)]
pub struct Given {
    /// All that is no key.
    pub plain: Credentials,
    /// The key.
    pub key: Option<SigningKey>,
}

impl Given {
    /// What somebody has given for a provider of this kind.
    ///
    /// # Errors
    /// [`KmsError::Configuration`] where they can't be used.
    pub fn parse(kind: ProviderKind, given: Credentials, settings: &KmsSettings) -> Result<Self, KmsError> {
        for place in ["endpoint", "authority"] {
            given
                .text(place)
                .map_or(Ok(()), |url| check_address(place, url))?;
        }
        for name in ["access_key", "session_token", "tenant_id", "client_id"] {
            given.text(name).map_or(Ok(()), |value| check_name(name, value))?;
        }
        match kind {
            ProviderKind::AwsKms => of_aws(given),
            ProviderKind::AzureKeyVault => {
                azure_application::within(given, settings.service_accounts.as_deref())
            }
            ProviderKind::GcpCkms => google::within(given, settings.service_accounts.as_deref()),
            ProviderKind::Pkcs11 => of_token(given, settings),
        }
    }

    /// What the environment has for a provider of this kind.
    ///
    /// # Errors
    /// As [`Given::parse`].
    pub fn from_environment(kind: ProviderKind) -> Result<Self, KmsError> {
        let mut found = Credentials::from_variables(variables(kind));
        match kind {
            ProviderKind::AwsKms => of_aws(found),
            ProviderKind::AzureKeyVault => azure_application::anywhere(found),
            ProviderKind::GcpCkms => match found.take("google_credentials") {
                Some(file_or_text) => google::anywhere(&file_or_text),
                None => Ok(Self::default()),
            },
            ProviderKind::Pkcs11 => Ok(Self::plain(found)),
        }
    }

    /// What this machine has lying ready for a provider of this kind, where neither the provider's own credentials nor the
    /// environment's say who we are.
    ///
    /// # Errors
    /// As [`Given::parse`].
    pub async fn lying_ready(kind: ProviderKind) -> Result<Self, KmsError> {
        match kind {
            ProviderKind::AwsKms => match aws_file::read() {
                found if found.identify(kind) => of_aws(found),
                _ => of_aws(aws_role::read().await),
            },
            ProviderKind::AzureKeyVault => Ok(Self::plain(azure_application::workload()?)),
            ProviderKind::GcpCkms => google::application_default(),
            ProviderKind::Pkcs11 => Ok(Self::default()),
        }
    }

    /// These, and over them what the environment has that makes sense without saying who we are: the token of a session, say,
    /// counts only with the key that it came with.
    #[must_use]
    pub fn completed_by(mut self, around: Credentials) -> Self {
        self.plain = around.impersonal().over(&self.plain);
        self
    }

    /// Without a key.
    pub(super) fn plain(plain: Credentials) -> Self {
        Self { plain, key: None }
    }
}

/// What the environment's variables are called, after what the API calls them.
const fn variables(kind: ProviderKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        ProviderKind::AwsKms => &[
            ("access_key", "AWS_ACCESS_KEY_ID"),
            ("secret_key", "AWS_SECRET_ACCESS_KEY"),
            ("session_token", "AWS_SESSION_TOKEN"),
            ("endpoint", "AWS_KMS_ENDPOINT"),
        ],
        ProviderKind::AzureKeyVault => &[
            ("tenant_id", "AZURE_TENANT_ID"),
            ("client_id", "AZURE_CLIENT_ID"),
            ("client_secret", "AZURE_CLIENT_SECRET"),
            (azure_application::FILE, "AZURE_CLIENT_CERTIFICATE_PATH"),
            ("authority", "AZURE_AUTHORITY_HOST"),
            ("environment", "AZURE_ENVIRONMENT"),
            ("metadata", "AZURE_POD_IDENTITY_AUTHORITY_HOST"),
        ],
        ProviderKind::GcpCkms => &[("google_credentials", "GOOGLE_CREDENTIALS")],
        ProviderKind::Pkcs11 => &[
            ("module", "CASEMATE_KMS_PKCS11_MODULE"),
            ("pin", "CASEMATE_KMS_PKCS11_PIN"),
        ],
    }
}

fn of_aws(mut given: Credentials) -> Result<Given, KmsError> {
    let secret = given.take("secret_key").filter(|secret| !secret.is_empty());
    let key = match (given.text("access_key"), secret) {
        (Some(_), Some(secret)) => Some(first_key_of_aws(&secret)?),
        (None, None) => None,
        _ => {
            let why = "access_key and secret_key go together: give both, or neither";
            return Err(KmsError::Configuration(why.into()));
        }
    };
    Ok(Given { plain: given, key })
}

/// What stands in headers and addresses as it is.
fn check_name(name: &str, value: &str) -> Result<(), KmsError> {
    if value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(KmsError::Configuration(format!(
        "{name} has characters that no {name} has: copy it again, without blanks, and without dots for what was left out"
    )))
}

fn check_address(place: &str, url: &str) -> Result<(), KmsError> {
    let parsed = url.parse::<Uri>().ok();
    if parsed.is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https"))) {
        return Ok(());
    }
    Err(KmsError::Configuration(format!(
        "{place} {url:?} is no address, such as https://kms.example.com"
    )))
}

/// The secret access key, with what Signature Version 4 puts before it, is the first key of every signature.
fn first_key_of_aws(secret: &str) -> Result<SigningKey, KmsError> {
    const PREFIX: &str = "AWS4";
    let material = Zeroizing::new([PREFIX, secret].concat().into_bytes());
    if HmacKey::new(&material).is_err() {
        return Err(KmsError::Configuration(format!(
            "secret_key has {} bytes, which AWS's have not: those have 40, and {} to {} can be used; copy it again",
            secret.len(),
            HmacKey::MIN_LEN - PREFIX.len(),
            HmacKey::MAX_LEN - PREFIX.len(),
        )));
    }
    Ok(SigningKey {
        key_type: KeyType::Hmac,
        material,
    })
}

fn of_token(given: Credentials, settings: &KmsSettings) -> Result<Given, KmsError> {
    let module = given.text("module").map(PathBuf::from);
    match module {
        Some(module) if !settings.pkcs11_modules.contains(&module) => {
            let module = module.display();
            Err(KmsError::Configuration(format!(
                "the module {module} may not be used: name it in pkcs11-modules of the section [kms] of the settings file"
            )))
        }
        _ => Ok(Given::plain(given)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As long as those of AWS.
    const SECRET: &str = "0123456789012345678901234567890123456789";

    fn given(fields: &[(&str, &str)]) -> Credentials {
        let mut given = Credentials::default();
        fields.iter().for_each(|(name, value)| given.set(name, value));
        given
    }

    #[test]
    fn a_secret_access_key_leaves_the_rest() {
        let fields = [
            ("access_key", "A"),
            ("secret_key", SECRET),
            ("session_token", "T"),
        ];
        let Ok(split) = Given::parse(ProviderKind::AwsKms, given(&fields), &KmsSettings::default()) else {
            panic!("both are there");
        };
        assert_eq!(
            split.key.map(|key| key.material.to_vec()),
            Some(format!("AWS4{SECRET}").into_bytes())
        );
        assert_eq!(split.plain.text("secret_key"), None);
        assert_eq!(
            (split.plain.text("access_key"), split.plain.text("session_token")),
            (Some("A"), Some("T"))
        );
        for half in [("access_key", "A"), ("secret_key", SECRET)] {
            assert!(Given::parse(ProviderKind::AwsKms, given(&[half]), &KmsSettings::default()).is_err());
        }
    }

    #[test]
    fn what_aws_gives_nobody_is_refused_by_its_name() {
        let good = [
            ("access_key", "A"),
            ("secret_key", SECRET),
            ("session_token", "T"),
        ];
        for (name, value) in [
            ("secret_key", "…"),
            ("secret_key", "elevenbytes"),
            ("secret_key", &"s".repeat(125)),
            ("access_key", "…"),
            ("access_key", "A A"),
            ("session_token", "T\n"),
        ] {
            let given = given(&[(name, value)]).over(&given(&good));
            let refused = Given::parse(ProviderKind::AwsKms, given, &KmsSettings::default());
            let Err(KmsError::Configuration(why)) = refused else {
                panic!("{name} {value:?} is taken");
            };
            assert!(why.starts_with(name) && !why.contains(value), "{why}");
        }
    }

    #[test]
    fn what_no_request_can_be_made_with_is_refused_by_its_name() {
        for (kind, name, value) in [
            (ProviderKind::AwsKms, "endpoint", "kms.example.com:443"),
            (ProviderKind::GcpCkms, "endpoint", "https:"),
            (
                ProviderKind::AzureKeyVault,
                "authority",
                "ftp://login.example.com",
            ),
            (ProviderKind::AzureKeyVault, "tenant_id", "…"),
            (ProviderKind::AzureKeyVault, "client_id", "a b"),
        ] {
            let refused = Given::parse(kind, given(&[(name, value)]), &KmsSettings::default());
            let Err(KmsError::Configuration(why)) = refused else {
                panic!("{name} {value:?} is taken");
            };
            assert!(why.starts_with(name), "{why}");
        }
        let good = given(&[("endpoint", "http://127.0.0.1:4566"), ("tenant_id", "t")]);
        assert!(Given::parse(ProviderKind::AzureKeyVault, good, &KmsSettings::default()).is_ok());
    }

    #[test]
    fn a_sessions_token_counts_only_with_the_key_it_came_with() {
        let around = given(&[("session_token", "stale"), ("endpoint", "here")]);
        let role = [("access_key", "A"), ("session_token", "T")];
        for (ready, token) in [(&role[..], Some("T")), (&role[..1], None)] {
            let completed = Given::plain(given(ready)).completed_by(around.clone()).plain;
            let found = ["access_key", "session_token", "endpoint"].map(|name| completed.text(name));
            assert_eq!(found, [Some("A"), token, Some("here")]);
        }
    }

    #[test]
    fn nobody_is_who_they_do_not_prove_to_be() {
        for (kind, name) in [
            (ProviderKind::AzureKeyVault, azure_application::THUMBPRINT),
            (ProviderKind::GcpCkms, "client_email"),
        ] {
            let Ok(parsed) = Given::parse(kind, given(&[(name, "x")]), &KmsSettings::default()) else {
                panic!("it is passed over");
            };
            assert!(!parsed.plain.identify(kind), "{name}");
        }
    }

    #[test]
    fn only_named_modules_are_loaded() {
        let settings = KmsSettings {
            pkcs11_modules: vec!["/usr/lib/a.so".into()],
            ..KmsSettings::default()
        };
        let parse = |module| Given::parse(ProviderKind::Pkcs11, given(&[("module", module)]), &settings);
        assert!(parse("/usr/lib/a.so").is_ok());
        assert!(parse("/tmp/b.so").is_err() && parse("/usr/lib/../lib/a.so").is_err());
    }

    #[test]
    fn credentials_of_the_machine_go_to_known_places_only() {
        let settings = KmsSettings {
            endpoints: vec!["https://kms.example".into()],
            ..KmsSettings::default()
        };
        for place in PLACES {
            assert!(
                given(&[(place, "https://kms.example")])
                    .check_places(&settings)
                    .is_ok()
            );
            for other in [
                "https://kms.example.evil",
                "https://kms.example/",
                "http://kms.example",
            ] {
                assert!(
                    given(&[(place, other)]).check_places(&settings).is_err(),
                    "{other}"
                );
            }
        }
    }

    #[test]
    fn a_session_is_of_who_began_it() {
        let around = given(&[("session_token", "T"), ("endpoint", "E")]);
        let merged = given(&[("access_key", "A")]).over(&around.impersonal());
        assert_eq!(
            (merged.text("session_token"), merged.text("endpoint")),
            (None, Some("E"))
        );
    }

    #[test]
    fn some_go_before_others() {
        let merged = given(&[("a", "1"), ("b", "")]).over(&given(&[("a", "2"), ("b", "3"), ("c", "4")]));
        let values = ["a", "b", "c"].map(|name| merged.text(name));
        assert_eq!(values, [Some("1"), Some("3"), Some("4")]);
    }
}
