mod contents;
mod protection;

use super::{Board, Failure, ProvisionArgs, openocd};
use contents::{Contents, FirstStage};
use protection::{Level, Protection};

const BOARD: Board = Board::BU585I;

/// Tells the chip's read-out protection and what the flash holds; protects the first stage from writing and sets level 1,
/// from which only erasing everything leads back. What is to be kept for ever has to be whole.
pub(super) async fn provision(args: &ProvisionArgs) -> Result<String, Failure> {
    let state = look().await?;
    let Some(chip) = &args.write else {
        return Ok(plan(&state, args).await);
    };
    if !chip.eq_ignore_ascii_case(&state.chip) {
        return Err(format!("the board's chip is {}, not {chip}", state.chip).into());
    }
    match state.level {
        Level::Open => {}
        Level::TrustZone => return Err(state.tell().into()),
        Level::ReadOut | Level::Locked => return Ok(format!("{}nothing was written\n", state.tell())),
    }
    judge(args).await?;
    openocd::run(BOARD, "protect_flash").await?;
    protected(look().await)
}

async fn look() -> Result<Protection, Failure> {
    let shown = openocd::run(BOARD, "show_protection").await?;
    Protection::parse(&shown).ok_or_else(|| "OpenOCD did not tell the chip's read-out protection".into())
}

/// Looks whether what the flash holds may stay there for ever.
async fn judge(args: &ProvisionArgs) -> Result<(), Failure> {
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
    Ok(())
}

async fn plan(state: &Protection, args: &ProvisionArgs) -> String {
    if state.level != Level::Open {
        return state.tell();
    }
    let (told, chip) = (state.tell(), &state.chip);
    match judge(args).await {
        Ok(()) => format!("{told}to do it: casemate device provision --board b-u585i --write {chip}\n"),
        Err(error) => format!("{told}nothing can be written yet: {error}\n"),
    }
}

/// What is said after writing, by what the chip says of it.
fn protected(found: Result<Protection, Failure>) -> Result<String, Failure> {
    let again = "unplug the board once, and look: casemate device provision --board b-u585i";
    match found {
        Ok(state) if state.is_whole() => Ok(format!("{}unplug the board once\n", state.tell())),
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
