use serde::{Deserialize, Serialize};

/// The services that keys can be distributed to. The order stands in stored rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProviderKind {
    /// AWS Key Management Service.
    AwsKms,
    /// Azure Key Vault.
    AzureKeyVault,
    /// Google Cloud Key Management Service.
    GcpCkms,
    /// Any PKCS#11 token.
    Pkcs11,
}

impl ProviderKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::AwsKms, Self::AzureKeyVault, Self::GcpCkms, Self::Pkcs11];

    /// What the API calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AwsKms => "awskms",
            Self::AzureKeyVault => "azurekeyvault",
            Self::GcpCkms => "gcpckms",
            Self::Pkcs11 => "pkcs11",
        }
    }

    /// The one that the API calls so.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether the environment goes before what was given for a provider, as its service documents.
    pub const fn prefers_environment(self) -> bool {
        matches!(self, Self::AzureKeyVault | Self::GcpCkms)
    }
}
