//! The build script of every board: hands the linker the memory map and whatever other scripts (`*.x`) lie beside the
//! board's `Cargo.toml`, so that a plain `cargo build --target …` suffices.

use std::{env, error::Error, fs, path::PathBuf};

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
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    if env::var_os("CARGO_FEATURE_DEVELOPMENT").is_some() {
        println!("cargo:rustc-link-arg-bins=-Tdefmt.x");
    }
    Ok(())
}
