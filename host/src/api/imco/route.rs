use crate::engine::vaults::{ObjectId, SecretId, VaultId, VersionId};

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    Accounts,
    Account(ObjectId),
    Content(VersionId),
    KeyVault(VaultId),
    KeyVaults,
    KeyVaultSecrets(VaultId),
    Labels,
    LabelResource(ObjectId, String, ObjectId),
    LabelResources(ObjectId),
    Ping,
    Plan(ObjectId),
    Providers,
    ProviderPlans(ObjectId),
    ProviderRealms(ObjectId),
    Realm(ObjectId),
    RetryKeyVault(VaultId),
    RetrySecret(SecretId),
    Secret(SecretId),
    SecretVersion(VersionId),
    SecretVersions(SecretId),
}

impl Route {
    /// The route of what follows `/v3/` in a path; `None` where there is none. A slash at the end changes nothing.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
        match segments.as_slice() {
            ["ping"] => Some(Self::Ping),
            ["labels", rest @ ..] => Self::label(rest),
            ["settings", "cloud_accounts"] => Some(Self::Accounts),
            ["settings", "cloud_accounts", id] => Some(Self::Account(id.parse().ok()?)),
            ["cloud", rest @ ..] => Self::cloud(rest),
            ["secret", rest @ ..] => Self::secret(rest),
            _ => None,
        }
    }

    /// The route of what follows `/secret/secret_versions/` in a path, as hosts ask.
    pub(super) fn unversioned(rest: &str) -> Option<Self> {
        let id = rest.strip_suffix('/').unwrap_or(rest);
        Some(Self::Content(id.parse().ok()?))
    }

    fn label(segments: &[&str]) -> Option<Self> {
        match segments {
            [] => Some(Self::Labels),
            [id, "resources"] => Some(Self::LabelResources(id.parse().ok()?)),
            [id, "resources", kind, resource] => Some(Self::LabelResource(
                id.parse().ok()?,
                (*kind).to_owned(),
                resource.parse().ok()?,
            )),
            _ => None,
        }
    }

    fn cloud(segments: &[&str]) -> Option<Self> {
        match segments {
            ["cloud_providers"] => Some(Self::Providers),
            ["cloud_providers", id, "realms"] => Some(Self::ProviderRealms(id.parse().ok()?)),
            ["cloud_providers", id, "key_vault_plans"] => Some(Self::ProviderPlans(id.parse().ok()?)),
            ["realms", id] => Some(Self::Realm(id.parse().ok()?)),
            _ => None,
        }
    }

    fn secret(segments: &[&str]) -> Option<Self> {
        match segments {
            ["key_vault_plans", id] => Some(Self::Plan(id.parse().ok()?)),
            ["key_vaults"] => Some(Self::KeyVaults),
            ["key_vaults", id] => Some(Self::KeyVault(id.parse().ok()?)),
            ["key_vaults", id, "retry"] => Some(Self::RetryKeyVault(id.parse().ok()?)),
            ["key_vaults", id, "secrets"] => Some(Self::KeyVaultSecrets(id.parse().ok()?)),
            ["secrets", id] => Some(Self::Secret(id.parse().ok()?)),
            ["secrets", id, "retry"] => Some(Self::RetrySecret(id.parse().ok()?)),
            ["secrets", id, "versions"] => Some(Self::SecretVersions(id.parse().ok()?)),
            ["secret_versions", id] => Some(Self::SecretVersion(id.parse().ok()?)),
            _ => None,
        }
    }

    /// Its methods, as the header `Allow` names them.
    pub(super) fn methods(&self) -> &'static str {
        match self {
            Self::KeyVaults
            | Self::KeyVaultSecrets(_)
            | Self::LabelResources(_)
            | Self::SecretVersions(_) => "GET, HEAD, POST",
            Self::KeyVault(_) | Self::Secret(_) => "GET, HEAD, PUT, DELETE",
            Self::RetryKeyVault(_) | Self::RetrySecret(_) => "PUT",
            Self::LabelResource(..) => "DELETE",
            _ => "GET, HEAD",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Route;

    #[test]
    fn paths_lead_where_they_should() {
        let id = "5f0e6b1d9c8a7b6c5d4e3f2a";
        for path in [
            "secret/key_vaults/",
            "secret/key_vaults",
            "ping",
            "labels/",
            &format!("secret/key_vaults/{id}/secrets"),
            &format!("secret/secret_versions/{id}/"),
            &format!("labels/{id}/resources/key_vault/{id}"),
        ] {
            assert!(Route::parse(path).is_some(), "{path}");
        }
        for path in [
            "",
            "secret",
            "secret/key_vaults//",
            "secret/key_vaults/1",
            &format!("secret/key_vaults/{id}0"),
            &format!("secret/secrets/{id}/versions/{id}"),
            "secret/key_vaults/5f0e6b1d9c8a7b6c5d4e3f2g",
        ] {
            assert_eq!(Route::parse(path), None, "{path}");
        }
        assert!(matches!(Route::unversioned(id), Some(Route::Content(_))));
        assert_eq!(Route::unversioned("null"), None);
    }
}
