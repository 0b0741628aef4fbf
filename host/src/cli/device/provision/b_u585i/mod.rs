mod contents;
mod options;
mod protection;

use super::{Board, Failure, ProvisionArgs, openocd};
use contents::{Contents, FirstStage};
use protection::{Level, Protection};

const BOARD: Board = Board::BU585I;
/// Why level 1 is not made level 2.
const NO_NUMBER: &str =
    "the chip does not tell its number, by which it would have to be named: unplug the board and try again";
const NOT_FROM_HERE: &str = "level 2 is not set from level 1: what the device keeps could not be erased first, and is of no use \
     there. Set the level back to 0, which erases the chip, flash it, and provision it with --for-good before it is initialised";

/// The firmware: `boards/b-u585i/src/wrapped_root.rs`.
const UNTIL_THEN: &str = "it makes no keys before";

/// Tells the chip's read-out protection and what the flash holds; erases what the device keeps, protects the first stage from
/// writing and sets level 1, from which only erasing everything leads back, or level 2, from which nothing does. What is to be
/// kept for ever has to be whole.
///
/// What the device keeps at level 0 hangs on a root secret that any debugger could have read; under protection it makes another,
/// and refuses the old one. At level 2 nobody could erase it then. So it goes first, and level 2 is not set from level 1, where
/// nobody can erase it alone and the chip's own key may become another.
pub(super) async fn provision(args: &ProvisionArgs) -> Result<String, Failure> {
    let state = look().await?;
    let Some(named) = &args.write else {
        return plan(&state, args).await;
    };
    if let Some(chip) = state
        .chip
        .as_ref()
        .filter(|chip| !chip.eq_ignore_ascii_case(named))
    {
        return Err(format!("the board's chip is {chip}, not {named}").into());
    }
    match state.level {
        Level::Open => {}
        Level::TrustZone => return Err(state.tell().into()),
        Level::ReadOut if args.for_good => return Err(format!("{}{NOT_FROM_HERE}", state.tell()).into()),
        Level::ReadOut | Level::Locked => return Ok(format!("{}nothing was written\n", state.tell())),
    }
    judge(&state, args).await?;
    if args.for_good {
        openocd::run(BOARD, "protect_flash 0xCC").await?;
        return locked(look().await);
    }
    openocd::run(BOARD, "protect_flash 0xBB").await?;
    protected(look().await)
}

async fn look() -> Result<Protection, Failure> {
    let shown = openocd::run(BOARD, "show_protection").await?;
    Protection::parse(&shown).ok_or_else(|| "OpenOCD did not tell the chip's read-out protection".into())
}

/// Looks whether option bytes and what the flash holds may stay there for ever; the number of the chip that they are of.
async fn judge<'s>(state: &'s Protection, args: &ProvisionArgs) -> Result<&'s str, Failure> {
    let chip = state.chip.as_deref().ok_or(NO_NUMBER)?;
    state.options.check()?;
    let stage = FirstStage::read(args.boot.as_deref())?;
    let contents = Contents::read().await?;
    contents.check(&stage)?;
    if stage.is_everybodys()? && !args.with_development_key {
        return Err(
            "the first stage starts what the development key has signed, which everybody has, and would do so for ever: \
             build and flash it anew with CASEMATE_IMAGE_KEY set to a key of your own; for a board to play with, say \
             --with-development-key"
                .into(),
        );
    }
    Ok(chip)
}

/// Tells what would be written, and the command that does it.
///
/// # Errors
/// A sentence that says why nothing can be written yet; the rest was told by then.
async fn plan(state: &Protection, args: &ProvisionArgs) -> Result<String, Failure> {
    if state.level != Level::Open {
        return Ok(state.tell());
    }
    let level = if args.for_good {
        Level::Locked
    } else {
        Level::ReadOut
    };
    print!("{}{}", state.tell(), protection::plan(level));
    let chip = judge(state, args)
        .await
        .map_err(|error| format!("nothing can be written yet: {error}"))?;
    Ok(format!("to do it: {}\n", command(args, chip)))
}

/// What was asked for, and that it be done.
fn command(args: &ProvisionArgs, chip: &str) -> String {
    let mut words = vec!["casemate device provision --board b-u585i".to_owned()];
    if let Some(boot) = &args.boot {
        words.push(format!("--boot '{}'", boot.display()));
    }
    if args.with_development_key {
        words.push("--with-development-key".to_owned());
    }
    if args.for_good {
        words.push("--for-good".to_owned());
    }
    words.push(format!("--write {chip}"));
    words.join(" ")
}

/// What is said after writing, by what the chip says of it.
fn protected(found: Result<Protection, Failure>) -> Result<String, Failure> {
    let again = "unplug the board once, and look: casemate device provision --board b-u585i";
    match found {
        Ok(state) if state.is_whole_at(Level::ReadOut) && state.was_launched => {
            Ok(format!("{}unplug the board once: {UNTIL_THEN}\n", state.tell()))
        }
        Ok(state) if state.is_whole_at(Level::ReadOut) => Err(format!(
            "the protection was written, but the chip has not loaded it yet. Do not reset it, but {again}"
        )
        .into()),
        Ok(state) => Err(format!(
            "the protection was written, but read back is: {}{again}",
            state.tell()
        )
        .into()),
        Err(error) => {
            Err(format!("the protection was written, but could not be read back ({error}): {again}").into())
        }
    }
}

/// The same for level 2, where the chip says nothing any more.
fn locked(found: Result<Protection, Failure>) -> Result<String, Failure> {
    match found {
        Ok(state) if state.is_whole_at(Level::Locked) => {
            Ok(format!("{}unplug the board once: {UNTIL_THEN}\n", state.tell()))
        }
        Ok(state) => Err(format!("level 2 was written, but read back is: {}", state.tell()).into()),
        Err(error) => Ok(format!(
            "level 2 was written and read back, and the chip does not answer the probe any more ({error}). So it should be, but \
             that does not show it: unplug the board once ({UNTIL_THEN}), and look whether it says that a debugger is locked out \
             for good: casemate device info --device usb:\n"
        )),
    }
}
