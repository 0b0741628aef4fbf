use super::aws::{self, AwsKms};
use super::azure::{self, AzureKeyVault};
use super::gcp::{self, GcpCkms};
use super::pkcs11::{self, Pkcs11Kms};
use super::{Credentials, KmsError, Provider, ProviderKind, Signer};
use std::sync::Arc;

/// A provider of this kind, where its keys are in this collection: a region of AWS, a vault's name in Azure, a key ring of
/// Google, or a token's label. Nobody is asked yet. `signer`: the device with the key among the credentials, where there
/// is one.
///
/// # Errors
/// [`KmsError::Configuration`] for credentials or a collection that can't be used.
pub fn connect(
    kind: ProviderKind,
    collection: &str,
    credentials: &Credentials,
    signer: Option<Arc<dyn Signer>>,
) -> Result<Box<dyn Provider>, KmsError> {
    Ok(match kind {
        ProviderKind::AwsKms => Box::new(AwsKms::new(collection, credentials, signer)?),
        ProviderKind::Pkcs11 => Box::new(Pkcs11Kms::new(collection, credentials)?),
        ProviderKind::AzureKeyVault => Box::new(AzureKeyVault::new(collection, credentials, signer)?),
        ProviderKind::GcpCkms => Box::new(GcpCkms::new(collection, credentials, signer)?),
    })
}

/// Checks what says where a provider's keys are.
///
/// # Errors
/// [`KmsError::Configuration`] where it can't be that.
pub fn check_collection(kind: ProviderKind, collection: &str) -> Result<(), KmsError> {
    match kind {
        ProviderKind::AwsKms => aws::check_region(collection),
        ProviderKind::Pkcs11 => pkcs11::check_label(collection),
        ProviderKind::AzureKeyVault => azure::check_vault(collection),
        ProviderKind::GcpCkms => gcp::check_key_ring(collection),
    }
}
