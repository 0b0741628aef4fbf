use crate::device::{Body, Vault};
use crate::domain;
use crate::platform::Platform;
use casemate_common::command::{ShareOffer, ShareOffered};
use casemate_common::error::ErrorCode;

pub(super) fn run<P: Platform>(
    ShareOffer {}: ShareOffer,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let offer = domain::offer(vault)?;
    answer.encode(&ShareOffered { offer })
}
