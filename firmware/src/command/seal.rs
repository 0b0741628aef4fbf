use super::Request;
use crate::crypto::{Aes256Gcm, AssociatedData, ChunkCipher};
use crate::device::{Body, Slot, Stream, Vault, Work};
use crate::platform::Platform;
use casemate_common::command::Seal;
use casemate_common::error::ErrorCode;
use casemate_common::record::Header;

pub(super) fn run<P: Platform>(
    request: &Request<'_>,
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let (Seal { keyring, context }, plaintext) = request.with_data()?;
    let slot = (!request.last).then(|| vault.streams.free()).transpose()?;
    let key = vault.keyrings.key(&keyring)?;
    vault.audit.note(keyring.as_bytes());
    let header = Header::v1(&vault.rng.array()?);
    let associated = AssociatedData::new(&header, context)?;
    let mut cipher = ChunkCipher::new(key, &header);
    answer.append(header.as_bytes())?;
    step(
        &mut cipher,
        associated.as_slice(),
        request.last,
        plaintext,
        answer,
    )?;
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
    plaintext: &[u8],
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    let tag = cipher.seal(associated, last, answer.append(plaintext)?)?;
    answer.append(&tag)?;
    Ok(())
}
