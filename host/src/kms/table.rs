//! Which keys which provider takes, and for what: the one table of it.

use super::{Protection, ProviderKind, Purpose, Purposes};
use casemate_common::blob::KeyType;

const RSA: &[KeyType] = &[KeyType::Rsa2048, KeyType::Rsa3072, KeyType::Rsa4096];
const DATA: &[Purpose] = &[Purpose::Decrypt, Purpose::Encrypt];
const SIGNATURES: &[Purpose] = &[Purpose::Sign, Purpose::Verify];
const HSM: &[Protection] = &[Protection::Hsm];
const ANY: &[Protection] = &[Protection::Hsm, Protection::Software];

/// What a provider takes of some types of key.
struct Rule {
    provider: ProviderKind,
    types: &'static [KeyType],
    purposes: &'static [Purpose],
    /// Whether a key there has one purpose only.
    one: bool,
    protections: &'static [Protection],
}

const RULES: &[Rule] = &[
    Rule {
        provider: ProviderKind::AwsKms,
        types: &[KeyType::Aes256],
        purposes: DATA,
        one: false,
        protections: HSM,
    },
    Rule {
        provider: ProviderKind::AzureKeyVault,
        types: RSA,
        purposes: &Purpose::ALL,
        one: false,
        protections: HSM,
    },
    Rule {
        provider: ProviderKind::GcpCkms,
        types: &[KeyType::Aes256],
        purposes: DATA,
        one: false,
        protections: ANY,
    },
    Rule {
        provider: ProviderKind::GcpCkms,
        types: RSA,
        purposes: &[Purpose::Decrypt, Purpose::Sign],
        one: true,
        protections: ANY,
    },
    Rule {
        provider: ProviderKind::GcpCkms,
        types: &[KeyType::P256, KeyType::P384],
        purposes: &[Purpose::Sign],
        one: true,
        protections: ANY,
    },
    Rule {
        provider: ProviderKind::Pkcs11,
        types: &[KeyType::Aes256],
        purposes: &[Purpose::Decrypt, Purpose::Encrypt, Purpose::Unwrap, Purpose::Wrap],
        one: false,
        protections: HSM,
    },
    Rule {
        provider: ProviderKind::Pkcs11,
        types: RSA,
        purposes: &Purpose::ALL,
        one: false,
        protections: HSM,
    },
    Rule {
        provider: ProviderKind::Pkcs11,
        types: &[KeyType::P256, KeyType::P384, KeyType::P521],
        purposes: SIGNATURES,
        one: false,
        protections: HSM,
    },
];

/// Checks that a provider takes a key of this type, which is called `type_name`, for this.
///
/// # Errors
/// Everything that is wrong, in the words and the shape that Vault has for it.
pub fn check(
    provider: ProviderKind,
    (key_type, type_name): (KeyType, &str),
    purposes: &Purposes,
    protection: Protection,
) -> Result<(), String> {
    if purposes.is_empty() {
        return Err(several(&["key must have at least one purpose".into()]));
    }
    let name = provider.name();
    let mut rules = RULES.iter();
    let rule = rules.find(|rule| rule.provider == provider && rule.types.contains(&key_type));
    let Some(rule) = rule else {
        let why = format!("{name:?} does not support key type {type_name:?}");
        return Err(several(&[why]));
    };
    let mut wrong: Vec<String> = purposes
        .iter()
        .filter(|purpose| !rule.purposes.contains(purpose))
        .map(|purpose| format!("{name:?} does not support key purpose {:?}", purpose.name()))
        .collect();
    if wrong.is_empty() && rule.one && purposes.len() > 1 {
        wrong.push(format!(
            "{name:?} supports one purpose for key type {type_name:?}, not {purposes}"
        ));
    }
    if !rule.protections.contains(&protection) {
        let protection = protection.name();
        wrong.push(format!(
            "{name:?} does not support key protection level {protection:?}"
        ));
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(several(&wrong)),
    }
}

/// As Vault's library joins several errors.
fn several(errors: &[String]) -> String {
    let count = match errors.len() {
        1 => "1 error".into(),
        count => format!("{count} errors"),
    };
    let points: String = errors.iter().map(|error| format!("\n\t* {error}")).collect();
    format!("{count} occurred:{points}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the documentation of Vault's engine says, one line a provider and kind of key: types, purposes, whether only
    /// one of them, whether in software too. Everything that stands on no line is refused.
    fn allowed(
        provider: ProviderKind,
        key_type: KeyType,
        purposes: &Purposes,
        protection: Protection,
    ) -> bool {
        let within = |names: &str| {
            purposes
                .iter()
                .all(|purpose| names.split(' ').any(|name| name == purpose.name()))
        };
        let rsa = key_type.modulus_len().is_some();
        let hsm = protection == Protection::Hsm;
        !purposes.is_empty()
            && match provider {
                ProviderKind::AwsKms => key_type == KeyType::Aes256 && within("encrypt decrypt") && hsm,
                ProviderKind::AzureKeyVault => rsa && hsm,
                ProviderKind::GcpCkms => match key_type {
                    KeyType::Aes256 => within("encrypt decrypt"),
                    KeyType::P256 | KeyType::P384 => within("sign"),
                    _ => rsa && within("decrypt sign") && purposes.len() == 1,
                },
                ProviderKind::Pkcs11 => {
                    hsm && match key_type {
                        KeyType::Aes256 => within("encrypt decrypt wrap unwrap"),
                        KeyType::P256 | KeyType::P384 | KeyType::P521 => within("sign verify"),
                        _ => rsa,
                    }
                }
            }
    }

    #[test]
    fn the_whole_table() {
        let mut counts = [0; 2];
        for provider in ProviderKind::ALL {
            for key_type in KeyType::ALL {
                for protection in [Protection::Hsm, Protection::Software] {
                    for set in 0..1_u32 << Purpose::ALL.len() {
                        let chosen = Purpose::ALL.into_iter().enumerate();
                        let chosen = chosen.filter(|(bit, _)| set >> bit & 1 == 1);
                        let purposes: Purposes = chosen.map(|(_, purpose)| purpose).collect();
                        let outcome = check(provider, (key_type, "t"), &purposes, protection);
                        let wanted = allowed(provider, key_type, &purposes, protection);
                        let what = format!("{provider:?} {key_type:?} {purposes} {protection:?}");
                        assert_eq!(outcome.is_ok(), wanted, "{what}: {outcome:?}");
                        counts[usize::from(wanted)] += 1;
                    }
                }
            }
        }
        // AWS 3; Azure 3 × 63; Google (3 + 3 × 2 + 2) × 2; tokens 15 + 3 × 63 + 3 × 3.
        assert_eq!(counts[1], 3 + 189 + 22 + 213);
    }

    #[test]
    fn refusals_are_vaults() {
        let refused = |provider, key_type, names: &[Purpose], protection| {
            let purposes = names.iter().copied().collect();
            check(provider, key_type, &purposes, protection).unwrap_err()
        };
        let aes = (KeyType::Aes256, "aes256-gcm96");
        assert_eq!(
            refused(ProviderKind::AwsKms, aes, &[Purpose::Sign], Protection::Hsm),
            "1 error occurred:\n\t* \"awskms\" does not support key purpose \"sign\"\n\n"
        );
        assert_eq!(
            refused(
                ProviderKind::AzureKeyVault,
                aes,
                &[Purpose::Encrypt],
                Protection::Hsm
            ),
            "1 error occurred:\n\t* \"azurekeyvault\" does not support key type \"aes256-gcm96\"\n\n"
        );
        let both = refused(ProviderKind::AwsKms, aes, &[Purpose::Sign], Protection::Software);
        assert!(both.starts_with("2 errors occurred:"), "{both}");
        assert!(
            both.contains("does not support key protection level \"software\""),
            "{both}"
        );
        let none = refused(ProviderKind::AwsKms, aes, &[], Protection::Hsm);
        assert!(none.contains("key must have at least one purpose"), "{none}");
    }
}
