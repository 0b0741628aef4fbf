//! Puts the key into the crate that images have to be signed with: the SubjectPublicKeyInfo in DER that
//! `CASEMATE_IMAGE_KEY` names, from the repository's top if it is a relative path; the development key by default. An image
//! for a board that takes that one says so; what runs on the host (the simulator, tests) protects nothing anyway.

#[path = "src/image_key/choice.rs"]
mod choice;
#[path = "src/image_key/spki.rs"]
mod spki;

use choice::{Choice, DEVELOPMENT};
use std::path::{Path, PathBuf};
use std::{env, error::Error, fs};

const VARIABLE: &str = "CASEMATE_IMAGE_KEY";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-env-changed={VARIABLE}");
    let choice = Choice::of(env::var_os(VARIABLE)).map_err(|error| format!("{VARIABLE}: {error}"))?;
    if choice == Choice::Development && env::var("CARGO_CFG_TARGET_OS")? == "none" {
        println!(
            "cargo::warning=this image takes what the development key signs ({DEVELOPMENT}), which everybody has; \
             {VARIABLE} names another key"
        );
    }
    let file = repository()?.join(choice.file());
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
