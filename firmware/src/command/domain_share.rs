use crate::device::{Body, Vault};
use crate::domain;
use crate::platform::Platform;
use casemate_common::command::DomainShare;
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    DomainShare { taker, offer }: DomainShare,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    vault.audit.note(&domain::subject::<P::Crypto>(&taker));
    answer.append(&domain::give_domain(vault, taker, offer)?)?;
    Ok(())
}
