//! Signed images, and how a host brings one.

use crate::host::Host;
use casemate_common::command::{MAX_IMAGE_PIECE, UpdateBegin, UpdateFinish, UpdateWrite};
use casemate_common::error::ErrorCode;
use casemate_common::image::{Header, Manifest, Signer};
use casemate_firmware::crypto::ec::Ecdsa;
use casemate_firmware::crypto::{Crypto, Hash, Software};

type P256 = <Software as Crypto>::P256;

/// A signed image.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) header: Vec<u8>,
    pub(crate) image: Vec<u8>,
}

impl Signed {
    /// This image, with a manifest that the key `signer` signs as it is.
    pub(crate) fn new(image: Vec<u8>, manifest: Manifest, signer: &[u8; 32]) -> Self {
        let mut signature = [0; 64];
        P256::sign(signer, &sha256(&manifest.encode()), &[7; 32], &mut signature).unwrap();
        let header = Header { manifest, signature }.encode().to_vec();
        Self { header, image }
    }

    /// As it lies in a slot.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        [&self.header[..], &self.image].concat()
    }
}

/// Names this private key.
pub(crate) fn name_of(signer: &[u8; 32]) -> Signer {
    let mut point = [0; 65];
    P256::public(signer, &mut point).unwrap();
    Signer(sha256(&point))
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = <Software as Crypto>::Sha256::default();
    hash.update(bytes);
    hash.finish()
}

/// Has the device take the image.
pub(crate) fn install(host: &mut Host, signed: &Signed) -> Result<(), ErrorCode> {
    let Signed { header, image } = signed;
    host.call(&UpdateBegin { header })?;
    for (piece, at) in image.chunks(MAX_IMAGE_PIECE).zip((0..).step_by(MAX_IMAGE_PIECE)) {
        host.call_with(&UpdateWrite { offset: at }, piece)?;
    }
    host.call(&UpdateFinish {}).map(drop)
}
