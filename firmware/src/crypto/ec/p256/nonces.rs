use super::Scalar;
use super::scalar::LEN;
use crate::crypto::{CryptoError, HmacDrbg, SoftwareHmacSha256};
use zeroize::Zeroizing;

/// The nonces of a signature, one after the other until one is good: RFC 6979 section 3.2 is HMAC_DRBG, seeded by key and
/// digest and, as section 3.6 allows, by additional data.
pub(super) struct HedgedNonces(HmacDrbg<SoftwareHmacSha256>);

impl HedgedNonces {
    /// For a secret and a digest that are below the order.
    pub(super) fn new(secret: &[u8; LEN], digest: &[u8; LEN], hedge: &[u8]) -> Self {
        Self(HmacDrbg::new(&[secret, digest, hedge]))
    }

    /// A nonce from 1 to the order less 1.
    pub(super) fn advance(&mut self) -> Result<Zeroizing<[u8; LEN]>, CryptoError> {
        let mut bytes = Zeroizing::new([0; LEN]);
        loop {
            self.0.generate(&mut *bytes).map_err(|_| CryptoError::Failed)?;
            if Scalar::secret(&*bytes).is_ok() {
                return Ok(bytes);
            }
        }
    }
}
