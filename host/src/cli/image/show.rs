use super::Failure;
use super::signer::PublicPoint;
use crate::cli::print::table;
use casemate_common::image::{Manifest, Package, SignedImage};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What a package says of itself, after its digests were checked, and its signatures by this key or the development key
/// where that is the signer.
pub(super) fn show(
    package: &Package<'_>,
    key: Option<PublicPoint>,
    as_json: bool,
) -> Result<String, Failure> {
    let development = PublicPoint::development()?;
    let mut keys = key.into_iter().chain([development]);
    let signer = keys.find(|key| key.name() == package.manifest().signer);
    if let (Some(named), None) = (key, signer) {
        return Err(format!(
            "it is signed by {}, and that key is {}",
            package.manifest().signer,
            named.name()
        )
        .into());
    }
    let shown: Value = package
        .images()
        .map(|image| checked(&image, signer, development))
        .collect::<Result<_, _>>()?;
    if as_json {
        return Ok(format!("{shown:#}\n"));
    }
    let images: Vec<_> = shown.as_array().into_iter().flatten().map(table).collect();
    Ok(images.join("\n"))
}

fn checked(
    image: &SignedImage<'_>,
    signer: Option<PublicPoint>,
    development: PublicPoint,
) -> Result<Value, Failure> {
    let manifest = &image.header.manifest;
    if manifest.digest != Sha256::digest(image.image())[..] {
        return Err(damaged(manifest, "its bytes are not those that were signed"));
    }
    let is_signed = signer.map(|key| key.has_signed(manifest, &image.header.signature));
    if is_signed == Some(false) {
        return Err(damaged(manifest, "its signature is not its signer's"));
    }
    Ok(json!({
        "board": manifest.board.to_string(),
        "slot": manifest.slot.to_string(),
        "version": manifest.version.to_string(),
        "security_version": manifest.security_version,
        "bytes": manifest.len,
        "sha256": hex::encode(manifest.digest),
        "signer": manifest.signer.to_string(),
        "development_key": manifest.signer == development.name(),
        "signature": if is_signed.is_some() { "valid" } else { "not checked: say --key" },
    }))
}

fn damaged(manifest: &Manifest, what: &str) -> Failure {
    format!("the image for {}: {what}", manifest.slot).into()
}
