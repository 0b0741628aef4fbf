use crate::device::{Body, Vault};
use crate::platform::Platform;
use casemate_common::command::{KeyringList, KeyringPage, PAGE_LEN};
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;

pub(super) fn run<P: Platform>(
    KeyringList { after }: KeyringList,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let mut ids: heapless::Vec<KeyringId, PAGE_LEN> = heapless::Vec::new();
    let more = vault.keyrings.list(after.as_ref(), &mut ids);
    answer.encode(&KeyringPage { more })?;
    ids.iter()
        .try_for_each(|id| answer.append(id.as_bytes()).map(|_| ()))
}
