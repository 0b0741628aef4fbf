//! Who this device is: keys that follow from its root secret, so that they need no flash and stay what they are for as
//! long as the root does.

use crate::channel::NoiseSuite;
use crate::crypto::ec::{Curve, EcKey};
use crate::crypto::{Crypto, CryptoError, HashAlgorithm, Hasher, HmacSha256, Random};
use crate::device::Body;
use crate::platform::EntropyError;
use casemate_common::error::ErrorCode;
use casemate_common::session::noise::{KeyPair, Secret};

/// The keys that only this device has.
pub(crate) struct Identity {
    /// Names it: in `Info`, and to people.
    pub(crate) device_id: [u8; 16],
    /// What it proves in every handshake; hosts pin its public half.
    pub(crate) channel: KeyPair,
    /// What it signs statements about itself with: heads of the audit log, attestations. P-256.
    pub(crate) signing: EcKey,
}

impl Identity {
    /// Derives it. `root` is the code keyed with the root secret.
    pub(crate) fn derive<C: Crypto>(root: &C::HmacSha256) -> Result<Self, CryptoError> {
        let [device_id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            *root.mac(&[b"casemate device id v1"]).as_bytes();
        let channel = Secret::new(*root.mac(&[b"casemate channel key v1"]).as_bytes());
        let mut candidates = Candidates { root, count: 0 };
        Ok(Self {
            device_id,
            channel: KeyPair::new::<NoiseSuite<C>>(channel),
            signing: EcKey::generate::<C>(Curve::P256, &mut candidates)?,
        })
    }

    /// Signs a statement of this device about itself, and appends the signature and the public key behind it: `r ‖ s`,
    /// then the uncompressed point.
    pub(crate) fn sign<C: Crypto>(
        &self,
        statement: &[u8],
        random: &mut impl Random,
        answer: &mut Body<'_>,
    ) -> Result<(), ErrorCode> {
        let digest = Hasher::<C>::digest(HashAlgorithm::Sha256, &[statement]);
        let signature = self.signing.sign::<C>(&digest, random)?;
        answer.append(signature.as_bytes())?;
        answer.append(self.signing.public::<C>()?.as_bytes())?;
        Ok(())
    }
}

/// The candidates for the signing key, the same in the same order at every start: one in 2^32 is no key.
struct Candidates<'r, H> {
    root: &'r H,
    count: u8,
}

impl<H: HmacSha256> Random for Candidates<'_, H> {
    fn fill(&mut self, output: &mut [u8]) -> Result<(), EntropyError> {
        for piece in output.chunks_mut(32) {
            let block = self.root.mac(&[b"casemate signing key v1", &[self.count]]);
            self.count = self.count.checked_add(1).ok_or(EntropyError)?;
            piece
                .iter_mut()
                .zip(block.as_bytes())
                .for_each(|(to, from)| *to = *from);
        }
        Ok(())
    }
}
