//! Puts the key into the crate that images have to be signed with: the SubjectPublicKeyInfo in DER that
//! `CASEMATE_IMAGE_KEY` names, from the repository's top if it is a relative path; the development key by default.

#[path = "src/image_key/spki.rs"]
mod spki;

use std::path::{Path, PathBuf};
use std::{env, error::Error, fs};

const VARIABLE: &str = "CASEMATE_IMAGE_KEY";
const DEVELOPMENT: &str = "boards/keys/development.der";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-env-changed={VARIABLE}");
    let named = env::var_os(VARIABLE).filter(|name| !name.is_empty());
    let file = repository()?.join(named.unwrap_or_else(|| DEVELOPMENT.into()));
    println!("cargo:rerun-if-changed={}", file.display());
    let point = read_point(&file).map_err(|error| format!("{VARIABLE}: {}: {error}", file.display()))?;
    let out: PathBuf = env::var("OUT_DIR")?.into();
    fs::write(out.join("image_key.bin"), point)?;
    Ok(())
}

fn repository() -> Result<PathBuf, Box<dyn Error>> {
    let package: PathBuf = env::var("CARGO_MANIFEST_DIR")?.into();
    let top = package.ancestors().nth(2);
    Ok(top.ok_or("the package is not in boards/")?.to_owned())
}

fn read_point(file: &Path) -> Result<[u8; 65], Box<dyn Error>> {
    Ok(spki::point(&fs::read(file)?)?)
}
