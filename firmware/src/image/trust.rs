use crate::crypto::ec::Ecdsa;
use crate::crypto::{Crypto, Hash};
use casemate_common::error::ErrorCode;
use casemate_common::image::{BoardName, Header, Manifest, Signer, SlotAddress};

/// Whose images a board takes, and which.
#[derive(Debug, Clone, Copy)]
pub struct Trust<'k> {
    /// What the board is called.
    pub board: BoardName,
    /// The public key of whoever signs its images: an uncompressed point.
    pub key: &'k [u8; 65],
}

impl Trust<'_> {
    /// Names the key.
    pub fn signer<C: Crypto>(&self) -> Signer {
        Signer(digest::<C>(self.key))
    }

    /// Whether a header is signed by the key, for this board and this slot.
    ///
    /// # Errors
    /// [`ErrorCode::ImageForeign`], [`ErrorCode::ImageSigner`], [`ErrorCode::ImageInvalid`].
    pub fn check<C: Crypto>(&self, header: &Header, slot: SlotAddress) -> Result<Manifest, ErrorCode> {
        let Header { manifest, signature } = header;
        if manifest.board != self.board || manifest.slot != slot {
            return Err(ErrorCode::ImageForeign);
        }
        if manifest.signer != self.signer::<C>() {
            return Err(ErrorCode::ImageSigner);
        }
        C::P256::verify(self.key, &digest::<C>(&manifest.encode()), signature)
            .map_err(|_| ErrorCode::ImageInvalid)?;
        Ok(*manifest)
    }
}

fn digest<C: Crypto>(bytes: &[u8]) -> [u8; 32] {
    let mut hash = C::Sha256::default();
    hash.update(bytes);
    hash.finish()
}
