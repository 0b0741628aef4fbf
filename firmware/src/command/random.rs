use crate::device::{Body, Vault};
use crate::platform::Platform;
use casemate_common::command::Random;
use casemate_common::error::ErrorCode;
use casemate_common::limits::MAX_RANDOM;

pub(super) fn run<P: Platform>(
    Random { len }: Random,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let len = usize::from(len);
    if len > MAX_RANDOM {
        return Err(ErrorCode::TooLarge);
    }
    vault.rng.fill(answer.extend(len)?)?;
    Ok(())
}
