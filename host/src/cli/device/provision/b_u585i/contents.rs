use super::{BOARD, Failure, openocd};
use crate::cli::board::Slot;
use crate::cli::files::read;
use crate::cli::image::elf::{Elf, Piece};
use crate::cli::image::{PublicPoint, built_for, holds_key};
use casemate_common::image::{BLANK, HEADER_LEN, Header};
use sha2::{Digest, Sha256};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// How a board gets what it lacks.
const FLASH_IT: &str = "flash it first: casemate flash --board b-u585i";

/// The first stage that should be on the board.
pub(super) struct FirstStage {
    path: PathBuf,
    elf: Elf,
}

impl FirstStage {
    /// Reads the file that is named, or what `cargo build` has built.
    pub(super) fn read(named: Option<&Path>) -> Result<Self, Failure> {
        let path = named.map_or_else(|| BOARD.boot_stage(), PathBuf::from);
        let file = read(&path).map_err(|error| {
            format!("{error}; name the first stage that is on the board by --boot, to compare it")
        })?;
        let elf = Elf::parse(&file).filter(|elf| elf.outside(&BOARD.boot_part()).is_none());
        let elf = elf.ok_or_else(|| format!("{} is no first stage of {BOARD}", path.display()))?;
        Ok(Self { path, elf })
    }

    /// Whether it starts what anybody can sign.
    pub(super) fn is_everybodys(&self) -> Result<bool, Failure> {
        Ok(holds_key(&self.elf.flat(), PublicPoint::development()?.name()))
    }
}

/// What the board's flash holds of first stage and images.
pub(super) struct Contents(Vec<u8>);

impl Contents {
    /// Reads it by a probe, which level 0 lets do that.
    pub(super) async fn read() -> Result<Self, Failure> {
        let (file, place) = (NamedTempFile::new()?, BOARD.flash());
        let (name, len) = (file.path().display(), place.len());
        openocd::run(
            BOARD,
            &format!("read_flash {{{name}}} {:#x} {len:#x}", place.start),
        )
        .await?;
        let bytes = fs::read(file.path())?;
        if bytes.len() != len {
            return Err(format!("OpenOCD has read {} of {len} bytes of the flash", bytes.len()).into());
        }
        Ok(Self(bytes))
    }

    /// Whether the first stage is this one, as it was built, and has an image to start.
    ///
    /// # Errors
    /// A sentence that says what is there instead.
    pub(super) fn check(&self, stage: &FirstStage) -> Result<(), Failure> {
        let written = self.at(&BOARD.boot_part());
        if is_blank(written) {
            return Err(format!("the board's first stage is blank: {FLASH_IT}").into());
        }
        if !holds(written, &stage.elf.pieces) {
            return Err(format!(
                "the board's first stage is not {}, or not whole: {FLASH_IT}, or name the one that is on it by --boot",
                stage.path.display()
            )
            .into());
        }
        let slots = BOARD.slots();
        if !slots.iter().any(|slot| self.starts(slot, written)) {
            return Err(
                format!("neither slot holds a whole image that the first stage starts: {FLASH_IT}").into(),
            );
        }
        Ok(())
    }

    /// Whether this slot holds a whole image, signed by the key that the first stage has, and built for it.
    fn starts(&self, slot: &Slot, stage: &[u8]) -> bool {
        let bytes = self.at(&slot.place);
        let Ok(Header { manifest, signature }) = Header::parse(bytes) else {
            return false;
        };
        let len = usize::try_from(manifest.len).unwrap_or(usize::MAX);
        let image = bytes.get(HEADER_LEN..).and_then(|behind| behind.get(..len));
        let key = PublicPoint::named(stage, manifest.signer);
        manifest.slot.address() == slot.place.start
            && Some(manifest.board) == BOARD.image_name()
            && key.is_some_and(|key| key.has_signed(&manifest, &signature))
            && image.is_some_and(|image| {
                *Sha256::digest(image) == manifest.digest[..] && built_for(manifest.signer, image).is_ok()
            })
    }

    fn at(&self, place: &Range<u32>) -> &[u8] {
        let start = BOARD.flash().start;
        let [from, to] = [place.start - start, place.end - start].map(|at| at as usize);
        self.0.get(from..to).unwrap_or_default()
    }
}

/// Whether the first stage's part holds these pieces. What lies behind them on pages that they do not touch is left there by
/// whoever writes them.
fn holds(part: &[u8], pieces: &[Piece]) -> bool {
    pieces.iter().all(|Piece { address, bytes }| {
        let at = (address - BOARD.flash().start) as usize;
        part.get(at..).is_some_and(|rest| rest.starts_with(bytes))
    })
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == BLANK)
}
