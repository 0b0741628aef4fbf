use super::Failure;
use crate::cli::board::Board;
use crate::cli::image::elf::{Elf, Piece};
use crate::cli::image::{self, Release, Signer, holds_key, sound};
use casemate_common::image::{BLANK, Package, Signer as KeyName, SlotAddress};
use std::path::{Path, PathBuf};

/// What is written to a board's flash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Payload {
    /// A program that stands alone, at the flash's start: for provisioning, or without a first stage.
    Alone(Program),
    /// The first stage, and the image for slot A behind its header. What else there is for images is made blank.
    Slots { boot: Program, image: Vec<u8> },
}

/// An ELF file, and what it loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    elf: Elf,
}

impl Program {
    fn parse(path: &Path, bytes: &[u8]) -> Result<Self, Failure> {
        let elf = Elf::parse(bytes)
            .ok_or_else(|| format!("{} is no ELF file of a program for ARM", path.display()))?;
        let path = path.to_owned();
        Ok(Self { path, elf })
    }
}

/// What the caller names of it.
#[derive(Debug, Default)]
pub(super) struct Sources<'a> {
    /// A package, or a program that stands alone.
    pub(super) image: Option<&'a Path>,
    /// The first stage.
    pub(super) boot: Option<&'a Path>,
    /// The key that signs where no package is named.
    pub(super) key: Option<&'a Path>,
    /// The security version that it signs.
    pub(super) security_version: u8,
}

impl Payload {
    /// Reads what is named, and makes what is not from what `cargo build` has built.
    pub(super) async fn gather(board: Board, sources: Sources<'_>) -> Result<Self, Failure> {
        let package = match sources.image {
            None => signed_here(board, sources.key, sources.security_version).await?,
            Some(path) => {
                let bytes = board.read_built(path)?;
                if bytes.starts_with(b"\x7fELF") {
                    return alone(board, path, &bytes);
                }
                image::parse(path, &bytes)?;
                bytes.to_vec()
            }
        };
        let package = Package::parse(&package)?;
        let image = image_of(board, &package).map_err(|error| match sources.image {
            Some(path) => format!("{}: {error}", path.display()).into(),
            None => error,
        })?;
        let boot = sources.boot.map_or_else(|| board.boot_stage(), PathBuf::from);
        let boot = first_stage(board, &boot, package.manifest().signer)?;
        Ok(Self::Slots { boot, image })
    }

    /// What a programmer that erases what it touches has to write.
    pub(super) fn pieces(&self, board: Board) -> Vec<Piece> {
        let [a, b] = board.slots();
        match self {
            Self::Alone(program) => program.elf.pieces.clone(),
            Self::Slots { boot, image } => {
                let own = Piece {
                    address: a.place.start,
                    bytes: image.clone(),
                };
                let blank = [a.marks, b.place.start, b.marks].map(|address| Piece {
                    address,
                    bytes: vec![BLANK],
                });
                boot.elf
                    .pieces
                    .iter()
                    .cloned()
                    .chain([own])
                    .chain(blank)
                    .collect()
            }
        }
    }
}

/// The package of the images that were built here.
async fn signed_here(board: Board, key: Option<&Path>, security_version: u8) -> Result<Vec<u8>, Failure> {
    let signer = match key {
        Some(file) => Signer::of_file(file)?,
        None => {
            eprintln!(
                "Signing with the development key, which everybody has: it protects nothing. --key names another."
            );
            Signer::development()?
        }
    };
    let release = Release {
        board,
        version: env!("CARGO_PKG_VERSION").parse()?,
        security_version,
    };
    let [a, _] = board.images();
    image::package(release, &[a], &signer).await
}

fn image_of(board: Board, package: &Package<'_>) -> Result<Vec<u8>, Failure> {
    let [a, _] = board.slots();
    if Some(package.manifest().board) != board.image_name() {
        return Err(format!(
            "the package is for {}, not for {board}",
            Board::told_by(package.manifest().board)
        )
        .into());
    }
    let image = SlotAddress::new(a.place.start).and_then(|slot| package.linked_for(slot));
    let image = image.ok_or_else(|| {
        format!(
            "the package has no image for {:#010x}, slot A of {board}: make it of the images for both slots",
            a.place.start
        )
    })?;
    if image.bytes.len() > (a.marks - a.place.start) as usize {
        return Err(format!("the image is too long for a slot of {board}").into());
    }
    sound(&image)?;
    Ok(image.bytes.to_vec())
}

/// The first stage, if it starts what this signer signs.
fn first_stage(board: Board, path: &Path, signer: KeyName) -> Result<Program, Failure> {
    let bytes = board.read_built(path)?;
    let (program, name) = (Program::parse(path, &bytes)?, path.display());
    if let Some(address) = program.elf.outside(&board.boot_part()) {
        return Err(format!(
            "{name} holds something at {address:#010x}, where {board} has no room for a first stage: is it another board's?"
        )
        .into());
    }
    if !holds_key(&program.elf.flat(), signer) {
        return Err(format!(
            "{name} does not start what the key {signer} has signed: sign with the key that it was built for, or build it \
             anew with CASEMATE_IMAGE_KEY set to the public key in DER"
        )
        .into());
    }
    Ok(program)
}

fn alone(board: Board, path: &Path, bytes: &[u8]) -> Result<Payload, Failure> {
    let (program, name) = (Program::parse(path, bytes)?, path.display());
    if let Some(address) = program.elf.outside(&board.flash()) {
        return Err(format!(
            "{name} holds something at {address:#010x}, where {board} has no room for an image: is it another board's?"
        )
        .into());
    }
    if program.elf.start() != Some(board.flash().start) {
        return Err(format!(
            "{name} is linked for a slot, and only signed images start there: leave out --image, or name a package that \
             casemate image sign has made"
        )
        .into());
    }
    Ok(Payload::Alone(program))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::image::elf::tests::elf;
    use casemate_common::image::HEADER_LEN;
    use std::fs;
    use tempfile::TempDir;

    const BOARD: Board = Board::Pico2;
    const KEY: &[u8; 91] = include_bytes!("../../../../boards/keys/development.der");

    /// A first stage that trusts the development key, and the package of an image that it has signed.
    async fn desk() -> TempDir {
        let desk = tempfile::tempdir().unwrap();
        let boot = [&[0x04, 7][..], &KEY[26..]].concat();
        fs::write(desk.path().join("boot"), elf(&[(1, 0x1000_0000, &boot)])).unwrap();
        let code = [&[7; 100][..], &KEY[26..]].concat();
        let image = elf(&[(1, BOARD.slots()[0].image().start, &code)]);
        fs::write(desk.path().join("a.elf"), image).unwrap();
        let release = Release {
            board: BOARD,
            version: "1.2.3".parse().unwrap(),
            security_version: 0,
        };
        let signer = Signer::development().unwrap();
        let package = image::package(release, &[desk.path().join("a.elf")], &signer).await;
        let mut package = package.unwrap();
        fs::write(desk.path().join("package"), &package).unwrap();
        package[HEADER_LEN + 100 + 64] ^= 1;
        fs::write(desk.path().join("changed"), package).unwrap();
        desk
    }

    async fn gather(board: Board, desk: &TempDir, image: &str, boot: &str) -> Result<Payload, Failure> {
        let (image, boot) = (desk.path().join(image), desk.path().join(boot));
        let sources = Sources {
            image: Some(&image),
            boot: Some(&boot),
            key: None,
            security_version: 0,
        };
        Payload::gather(board, sources).await
    }

    #[tokio::test]
    async fn first_stage_image_and_blanks_go_where_they_belong() {
        let desk = desk().await;
        let payload = gather(BOARD, &desk, "package", "boot").await.unwrap();
        let pieces = payload.pieces(BOARD);
        let package = fs::read(desk.path().join("package")).unwrap();
        let found: Vec<_> = pieces
            .iter()
            .map(|piece| (piece.address, piece.bytes.len()))
            .collect();
        assert_eq!(
            found,
            [
                (0x1000_0000, 67),
                (0x1001_0000, package.len()),
                (0x1010_7000, 1),
                (0x1010_8000, 1),
                (0x101F_F000, 1)
            ]
        );
        assert_eq!(pieces[1].bytes, package);
        assert!(pieces[2..].iter().all(|piece| piece.bytes == [0xFF]));
    }

    #[tokio::test]
    async fn what_would_not_start_is_not_written() {
        let desk = desk().await;
        let other = [&[0x04; 2][..], &KEY[28..]].concat();
        fs::write(desk.path().join("other"), elf(&[(1, 0x1000_0000, &other)])).unwrap();
        fs::write(desk.path().join("far"), elf(&[(1, 0x1002_0000, &other)])).unwrap();
        for (board, image, boot, what) in [
            (BOARD, "package", "other", "CASEMATE_IMAGE_KEY"),
            (BOARD, "changed", "boot", "not those that were signed"),
            (BOARD, "package", "far", "no room for a first stage"),
            (BOARD, "a.elf", "boot", "casemate image sign"),
            (Board::BU585I, "package", "boot", "the package is for pico2"),
            (Board::BU585I, "boot", "boot", "another board's"),
            (BOARD, "package", "none", "build it with"),
            (BOARD, "none", "boot", "build it with"),
        ] {
            let refused = gather(board, &desk, image, boot).await.unwrap_err().to_string();
            assert!(refused.contains(what), "{image} {boot}: {refused}");
        }
    }

    #[tokio::test]
    async fn a_program_at_the_flashs_start_stands_alone() {
        let desk = desk().await;
        let payload = gather(BOARD, &desk, "boot", "none").await.unwrap();
        let pieces = payload.pieces(BOARD);
        assert_eq!((pieces.len(), pieces[0].address), (1, 0x1000_0000));
    }
}
