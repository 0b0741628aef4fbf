//! The build script of every board: hands the linker the scripts (`*.x`) that lie beside the board's `Cargo.toml`, so that a
//! plain `cargo build --target …` suffices. `memory.x` and the like are for all of its binaries; a script that is called
//! as a binary is for that one, and says what part of the flash it has.

use std::path::{Path, PathBuf};
use std::{env, error::Error, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let scripts = fs::read_dir(".")?.collect::<Result<Vec<_>, _>>()?;
    let scripts = scripts.iter().map(|entry| entry.path());
    let scripts: Vec<_> = scripts
        .filter(|path| path.extension().is_some_and(|end| end == "x"))
        .collect();
    for script in &scripts {
        println!("cargo:rerun-if-changed={}", script.display());
    }
    if env::var("CARGO_CFG_TARGET_OS")? != "none" {
        return Ok(());
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for script in &scripts {
        fs::copy(script, out.join(script))?;
    }
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg-bins=--nmagic");
    let package = env::var("CARGO_PKG_NAME")?;
    for binary in scripts.iter().filter_map(|script| binary_of(script, &package)) {
        println!("cargo:rustc-link-arg-bin={binary}=-T{binary}.x");
    }
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    if env::var_os("CARGO_FEATURE_DEVELOPMENT").is_some() {
        println!("cargo:rustc-link-arg-bins=-Tdefmt.x");
    }
    Ok(())
}

/// The binary that the script is for alone.
fn binary_of<'s>(script: &'s Path, package: &str) -> Option<&'s str> {
    script
        .file_stem()?
        .to_str()
        .filter(|name| name.starts_with(package))
}
