use crate::device::{Body, Vault};
use crate::domain;
use crate::platform::Platform;
use casemate_common::command::{DomainJoin, DomainJoined};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    DomainJoin { giver, share }: DomainJoin<'_>,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    vault.audit.note(&domain::subject::<P::Crypto>(&giver));
    let domain = domain::take_domain(vault, giver, share)?;
    answer.encode(&DomainJoined { domain })
}
