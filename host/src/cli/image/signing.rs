use super::Failure;
use super::linked::Linked;
use super::signer::Signer;
use crate::cli::board::Board;
use casemate_common::image::{BLANK, Header, Manifest, Package, SlotAddress, Version, padded_len};
use sha2::{Digest, Sha256};

/// What is said of an image, beside the image itself.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Release {
    pub(in crate::cli) board: Board,
    pub(in crate::cli) version: Version,
    pub(in crate::cli) security_version: u8,
}

/// The package of these images.
pub(super) async fn package(
    release: Release,
    images: &[Linked],
    signer: &Signer,
) -> Result<Vec<u8>, Failure> {
    let mut package = Vec::new();
    for image in images {
        package.extend(signed(release, image, signer).await?);
    }
    Package::parse(&package)?;
    Ok(package)
}

/// An image with its header, filled up as packages want it.
async fn signed(release: Release, image: &Linked, signer: &Signer) -> Result<Vec<u8>, Failure> {
    let manifest = Manifest {
        board: release.board.image_name().ok_or("the board has no name")?,
        slot: SlotAddress::new(image.slot.place.start).ok_or("the slot is not aligned")?,
        len: image.bytes.len().try_into()?,
        version: release.version,
        security_version: release.security_version,
        digest: Sha256::digest(&image.bytes).into(),
        signer: signer.public()?.name(),
    };
    let signature = signer.sign(&manifest).await?;
    let mut bytes = Header { manifest, signature }.encode().to_vec();
    bytes.extend_from_slice(&image.bytes);
    bytes.resize(padded_len(image.bytes.len()), BLANK);
    Ok(bytes)
}
