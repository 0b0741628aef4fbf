use crate::pki::Signatory;
use rustls::sign::{Signer, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};
use std::fmt;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use tracing::warn;

/// A P-256 key in the device, as rustls wants one.
///
/// rustls asks for signatures in the middle of a poll: the thread waits for the device, and the runtime lets another do
/// its work meanwhile.
pub(super) struct DeviceKey(Arc<Signatory>);

impl DeviceKey {
    pub(super) fn new(signatory: Signatory) -> Self {
        Self(Arc::new(signatory))
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKey")
    }
}

impl SigningKey for DeviceKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let offered = offered.contains(&SignatureScheme::ECDSA_NISTP256_SHA256);
        offered.then(|| Box::new(Self(self.0.clone())) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for DeviceKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = block_in_place(|| Handle::current().block_on(self.0.sign(message)));
        signature.map_err(|error| {
            warn!(%error, "the device did not sign a TLS handshake");
            Error::General("the server's key is not available".into())
        })
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP256_SHA256
    }
}
