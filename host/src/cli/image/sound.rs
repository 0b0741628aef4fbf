//! What is looked at before an image is written anywhere.

use super::signer::PublicPoint;
use casemate_common::image::{SignedImage, Signer as KeyName};
use sha2::{Digest, Sha256};

/// Looks whether an image is what its signer has signed, and was built for that signer's key. Whether that is the key that a
/// device goes by is not asked here.
///
/// # Errors
/// A sentence that says what is wrong, and how to mend it.
pub(in crate::cli) fn sound(image: &SignedImage<'_>) -> Result<(), String> {
    is_unchanged(image)?;
    let key = built_for(image.header.manifest.signer, image.image())?;
    is_signed(image, key)
}

/// Looks whether an image's bytes are those that its header tells.
pub(super) fn is_unchanged(image: &SignedImage<'_>) -> Result<(), String> {
    let manifest = &image.header.manifest;
    if manifest.digest == Sha256::digest(image.image())[..] {
        return Ok(());
    }
    Err(format!(
        "the image for {}: its bytes are not those that were signed; the file was changed on its way, so take it from its maker \
         again",
        manifest.slot
    ))
}

/// Looks whether this key has signed what an image's header tells.
pub(super) fn is_signed(image: &SignedImage<'_>, key: PublicPoint) -> Result<(), String> {
    let manifest = &image.header.manifest;
    if key.has_signed(manifest, &image.header.signature) {
        return Ok(());
    }
    Err(format!(
        "the image for {}: its signature is not its signer's; take the file from its maker again",
        manifest.slot
    ))
}

/// The key of this name that a program has in it: whose images it takes, or as a first stage starts. An image without its
/// signer's would start and serve, and take only what its own key has signed, which the first stage never starts: the device
/// could not be updated any more.
///
/// # Errors
/// A sentence that says so, and how to build it.
pub(in crate::cli) fn built_for(signer: KeyName, image: &[u8]) -> Result<PublicPoint, String> {
    PublicPoint::named(image, signer).ok_or_else(|| {
        format!(
            "this image was not built for the key {signer} that signs it, and no device that ran it could be updated again: \
             build it anew with CASEMATE_IMAGE_KEY set to that key's public half in DER (for the development key, not set)"
        )
    })
}

/// Whether a program has the public key with this name in it.
pub(in crate::cli) fn holds_key(program: &[u8], name: KeyName) -> bool {
    PublicPoint::named(program, name).is_some()
}

#[cfg(test)]
mod tests {
    use super::super::signer::Signer;
    use super::*;
    use casemate_common::image::{BoardName, HEADER_LEN, Header, Manifest, Package, SlotAddress, padded_len};

    /// The package of an image that is signed with the development key, and has these bytes behind its first.
    async fn package(behind: &[u8]) -> Vec<u8> {
        let signer = Signer::development().unwrap();
        let image = [&[7][..], behind].concat();
        let manifest = Manifest {
            board: BoardName::new("pico2").unwrap(),
            slot: SlotAddress::new(0x1001_0000).unwrap(),
            len: image.len().try_into().unwrap(),
            version: "1.2.3".parse().unwrap(),
            security_version: 0,
            digest: Sha256::digest(&image).into(),
            signer: signer.public().unwrap().name(),
        };
        let signature = signer.sign(&manifest).await.unwrap();
        let mut bytes = Header { manifest, signature }.encode().to_vec();
        bytes.extend_from_slice(&image);
        bytes.resize(padded_len(image.len()), 0xFF);
        bytes
    }

    fn look(package: &[u8]) -> Result<(), String> {
        sound(&Package::parse(package).unwrap().images().next().unwrap())
    }

    #[tokio::test]
    async fn what_was_changed_or_built_for_another_key_is_named() {
        let key = PublicPoint::development().unwrap();
        let whole = package(key.as_bytes()).await;
        assert_eq!(look(&whole), Ok(()));
        let changed = |at: usize| {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            look(&bytes).unwrap_err()
        };
        assert!(changed(HEADER_LEN).contains("not those that were signed"));
        assert!(changed(HEADER_LEN + 40).contains("not those that were signed"));
        let signature_at = Header::parse(&whole).unwrap().signature;
        let at = whole
            .windows(64)
            .position(|window| window == signature_at)
            .unwrap();
        assert!(changed(at + 63).contains("signature is not its signer's"));
        let other = package(&[4; 65]).await;
        assert!(look(&other).unwrap_err().contains("not built for the key"));
    }
}
