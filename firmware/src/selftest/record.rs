use crate::crypto::{AssociatedData, ChunkCipher, Crypto, Hash, Key256, XaesKey};
use casemate_common::error::ErrorCode;
use casemate_common::record::vectors::{RECORD_KEY, RECORD_RANDOM, RECORDS, RecordVector, plaintext_byte};
use casemate_common::record::{CHUNK_LEN, Header};

/// The longest vector has two chunks.
const MAX_PLAINTEXT: usize = 2 * CHUNK_LEN;

pub(super) fn passes<C: Crypto>() -> bool {
    let key = XaesKey::new(&Key256::new(RECORD_KEY));
    RECORDS
        .iter()
        .all(|vector| seals_and_opens::<C>(&key, vector) == Ok(true))
}

fn seals_and_opens<C: Crypto>(key: &XaesKey<C::Aes256>, vector: &RecordVector) -> Result<bool, ErrorCode> {
    let header = Header::v1(&RECORD_RANDOM);
    let first = AssociatedData::new(&header, vector.context)?;
    let mut sealing = ChunkCipher::<C::Aes256Gcm>::new(key, &header);
    let mut opening = ChunkCipher::<C::Aes256Gcm>::new(key, &header);
    let mut record = C::Sha256::default();
    record.update(header.as_bytes());
    for start in (0..MAX_PLAINTEXT).step_by(CHUNK_LEN) {
        let mut buffer = [0; CHUNK_LEN];
        let rest = vector.plaintext_len.saturating_sub(start);
        let chunk = buffer.get_mut(..rest.min(CHUNK_LEN)).ok_or(ErrorCode::TooLarge)?;
        let associated = if start == 0 { first.as_slice() } else { &[] };
        let last = rest <= CHUNK_LEN;
        (start..)
            .zip(&mut *chunk)
            .for_each(|(index, byte)| *byte = plaintext_byte(index));
        let tag = sealing.seal(associated, last, chunk)?;
        record.update(chunk);
        record.update(&tag);
        opening.open(associated, last, chunk, &tag)?;
        if !(start..)
            .zip(&*chunk)
            .all(|(index, &byte)| byte == plaintext_byte(index))
        {
            return Ok(false);
        }
        if last {
            break;
        }
    }
    Ok(record.finish() == vector.sha256)
}
