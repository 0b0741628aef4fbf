use super::Request;
use crate::crypto::{Aes256Gcm, AssociatedData, ChunkCipher};
use crate::device::{Body, Slot, Stream, Vault, Work};
use crate::platform::Platform;
use casemate_common::command::Open;
use casemate_common::error::ErrorCode;
use casemate_common::record::{Header, TAG_LEN};

pub(super) fn run<P: Platform>(
    request: &Request<'_>,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let (Open { keyring, context }, record) = request.with_data()?;
    let (header, chunk) = Header::split(record)?;
    let slot = (!request.last).then(|| vault.streams.free()).transpose()?;
    let key = vault.keyrings.key(&keyring)?;
    vault.audit.note(keyring.as_bytes());
    let associated = AssociatedData::new(&header, context)?;
    let mut cipher = ChunkCipher::new(key, &header);
    step(&mut cipher, associated.as_slice(), request.last, chunk, answer)?;
    if let Some(slot) = slot {
        *slot = Slot::Open(Stream {
            id: request.id,
            keyring,
            work: Work::Chunks { step, cipher },
        });
    }
    Ok(())
}

fn step<G: Aes256Gcm>(
    cipher: &mut ChunkCipher<G>,
    associated: &[u8],
    last: bool,
    sealed: &[u8],
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let (ciphertext, tag) = sealed
        .split_last_chunk::<TAG_LEN>()
        .ok_or(ErrorCode::RecordInvalid)?;
    cipher.open(associated, last, answer.append(ciphertext)?, tag)
}
