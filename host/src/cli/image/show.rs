use super::Failure;
use super::signer::PublicPoint;
use super::sound::{is_signed, is_unchanged};
use crate::cli::print::table;
use casemate_common::image::{Package, SignedImage};
use serde_json::{Value, json};

/// What a package says of itself, after its digests were checked, and its signatures: by this key, which has to be the signer;
/// where none is named, by the development key if that is the signer.
pub(super) fn show(
    package: &Package<'_>,
    key: Option<PublicPoint>,
    as_json: bool,
) -> Result<String, Failure> {
    let development = PublicPoint::development()?;
    let signer = Some(key.unwrap_or(development)).filter(|key| key.name() == package.manifest().signer);
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
    is_unchanged(image)?;
    signer.map_or(Ok(()), |key| is_signed(image, key))?;
    Ok(json!({
        "board": manifest.board.to_string(),
        "slot": manifest.slot.to_string(),
        "version": manifest.version.to_string(),
        "security_version": manifest.security_version,
        "bytes": manifest.len,
        "sha256": hex::encode(manifest.digest),
        "signer": manifest.signer.to_string(),
        "development_key": manifest.signer == development.name(),
        "signature": if signer.is_some() { "valid" } else { "not checked: say --key" },
    }))
}
