use crate::kms::{Credentials, KmsError};

/// One of Azure's clouds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cloud {
    name: &'static str,
    /// Where tokens are had.
    pub(super) authority: &'static str,
    /// What follows a vault's name.
    suffix: &'static str,
    /// What follows the name of a Managed HSM.
    managed: &'static str,
}

const CLOUDS: [Cloud; 3] = [
    Cloud {
        name: "AzurePublicCloud",
        authority: "https://login.microsoftonline.com",
        suffix: "vault.azure.net",
        managed: "managedhsm.azure.net",
    },
    Cloud {
        name: "AzureChinaCloud",
        authority: "https://login.chinacloudapi.cn",
        suffix: "vault.azure.cn",
        managed: "managedhsm.azure.cn",
    },
    Cloud {
        name: "AzureUSGovernmentCloud",
        authority: "https://login.microsoftonline.us",
        suffix: "vault.usgovcloudapi.net",
        managed: "managedhsm.usgovcloudapi.net",
    },
];

impl Cloud {
    /// The one that the credentials name as `environment`.
    pub(super) fn of(credentials: &Credentials) -> Result<Self, KmsError> {
        let name = credentials.text("environment").unwrap_or("AzurePublicCloud");
        let found = CLOUDS
            .into_iter()
            .find(|cloud| cloud.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            let known = CLOUDS.map(|cloud| cloud.name).join(", ");
            KmsError::Configuration(format!(
                "there is no Azure environment {name:?}; it can be {known}"
            ))
        })
    }

    /// A vault's address and what tokens for it are for: a name is a vault's, a whole host name can be a Managed HSM's.
    pub(super) fn vault(self, name: &str) -> Result<(String, String), KmsError> {
        let Some((_, suffix)) = name.split_once('.') else {
            return Ok((
                format!("https://{name}.{}", self.suffix),
                format!("https://{}", self.suffix),
            ));
        };
        match [self.suffix, self.managed].contains(&suffix) {
            true => Ok((format!("https://{name}"), format!("https://{suffix}"))),
            false => Err(KmsError::Configuration(format!(
                "{name:?} is in no vault or Managed HSM of {}",
                self.name
            ))),
        }
    }
}

/// Refuses what no vault is called: 3 to 24 letters, digits and hyphens, perhaps with one of Azure's domains.
pub(in crate::kms) fn check_vault(name: &str) -> Result<(), KmsError> {
    let (vault, domain) = name.split_once('.').unwrap_or((name, ""));
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let known = CLOUDS.iter().flat_map(|cloud| [cloud.suffix, cloud.managed]);
    let in_azure = domain.is_empty() || known.into_iter().any(|known| known == domain);
    match (3..=24).contains(&vault.len()) && vault.bytes().all(fits) && in_azure {
        true => Ok(()),
        false => Err(KmsError::Configuration(format!(
            "key_collection {name:?} is no Azure vault: give its name, or the whole host name of a Managed HSM"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_azure_only() {
        let public = CLOUDS[0];
        assert_eq!(
            public.vault("mine").unwrap(),
            (
                "https://mine.vault.azure.net".into(),
                "https://vault.azure.net".into()
            )
        );
        assert_eq!(
            public.vault("mine.managedhsm.azure.net").unwrap(),
            (
                "https://mine.managedhsm.azure.net".into(),
                "https://managedhsm.azure.net".into()
            )
        );
        assert!(public.vault("mine.vault.azure.cn").is_err());
        assert!(check_vault("mine").is_ok() && check_vault("mine.managedhsm.azure.cn").is_ok());
        for bad in ["", "ab", "a_b_c", "mine.example.com", "mine/..", &"a".repeat(25)] {
            assert!(check_vault(bad).is_err(), "{bad}");
        }
    }
}
