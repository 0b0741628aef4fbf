use crate::crypto::{Aes256Gcm, Crypto, XaesKey};
use casemate_common::blob::{HEAD_LEN, Head, KeyBlob, KeyType, MAX_BLOB_LEN};
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;
use zeroize::Zeroizing;

/// A whole blob.
pub(crate) type Blob = Zeroizing<heapless::Vec<u8, MAX_BLOB_LEN>>;

/// The private part of a key in the clear.
pub(crate) type Private = Zeroizing<heapless::Vec<u8, { KeyType::MAX_PRIVATE_LEN }>>;

const MAX_ASSOCIATED_LEN: usize = KeyringId::LEN + HEAD_LEN + KeyType::MAX_PUBLIC_LEN;

/// Seals a key under its keyring, as [`casemate_common::blob`] specifies.
pub(crate) fn seal<C: Crypto>(
    keyring: (&KeyringId, &XaesKey<C::Aes256>),
    head: &Head,
    public: &[u8],
    private: &[u8],
) -> Result<Blob, ErrorCode> {
    let (id, key) = keyring;
    let mut blob = Blob::default();
    append(&mut blob, &[head.as_bytes(), public, private])?;
    let clear_len = HEAD_LEN.saturating_add(public.len());
    let (_, body) = blob.split_at_mut_checked(clear_len).ok_or(ErrorCode::TooLarge)?;
    let gcm = <C::Aes256Gcm>::new(&key.derive(&head.salt()));
    let tag = gcm.seal(&head.nonce(), &associated(id, head, public)?, body)?;
    append(&mut blob, &[&tag])?;
    Ok(blob)
}

/// Opens a blob.
///
/// # Errors
/// [`ErrorCode::KeyInvalid`] when it is not what was sealed under this keyring.
pub(crate) fn open<C: Crypto>(
    keyring: (&KeyringId, &XaesKey<C::Aes256>),
    blob: &KeyBlob<'_>,
) -> Result<Private, ErrorCode> {
    let (id, key) = keyring;
    let mut private = Private::default();
    append(&mut private, &[blob.sealed])?;
    let gcm = <C::Aes256Gcm>::new(&key.derive(&blob.head.salt()));
    let associated = associated(id, &blob.head, blob.public)?;
    gcm.open(&blob.head.nonce(), &associated, &mut private, blob.tag)
        .map_err(|_| ErrorCode::KeyInvalid)?;
    Ok(private)
}

fn associated(
    id: &KeyringId,
    head: &Head,
    public: &[u8],
) -> Result<heapless::Vec<u8, MAX_ASSOCIATED_LEN>, ErrorCode> {
    let mut bytes = heapless::Vec::new();
    append(&mut bytes, &[id.as_bytes(), head.as_bytes(), public])?;
    Ok(bytes)
}

pub(super) fn append<const N: usize>(
    bytes: &mut heapless::Vec<u8, N>,
    parts: &[&[u8]],
) -> Result<(), ErrorCode> {
    parts
        .iter()
        .try_for_each(|part| bytes.extend_from_slice(part))
        .map_err(|_| ErrorCode::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{ChunkCipher, Key256, Software};
    use casemate_common::blob::vectors::{BLOBS, KEYRING};
    use casemate_common::record::vectors::{RECORD_KEY, RECORD_RANDOM};
    use casemate_common::record::{self, TAG_LEN};
    use std::vec::Vec;

    fn keyring() -> XaesKey<<Software as Crypto>::Aes256> {
        XaesKey::new(&Key256::new(RECORD_KEY))
    }

    fn opened(id: &KeyringId, bytes: &[u8]) -> Result<Vec<u8>, ErrorCode> {
        let blob = KeyBlob::parse(bytes)?;
        open::<Software>((id, &keyring()), &blob).map(|private| private.to_vec())
    }

    #[test]
    fn vectors_open_and_are_made_again() {
        for vector in BLOBS {
            let blob = KeyBlob::parse(vector.blob).unwrap();
            assert_eq!(opened(&KEYRING, vector.blob).unwrap(), vector.private);
            let head = Head::v1(&RECORD_RANDOM, vector.attributes().unwrap());
            let made = seal::<Software>((&KEYRING, &keyring()), &head, blob.public, vector.private);
            assert_eq!(made.unwrap().as_slice(), vector.blob);
        }
    }

    #[test]
    fn no_bit_can_be_flipped() {
        for vector in BLOBS {
            for bit in 0..8 * vector.blob.len() {
                let mut altered = vector.blob.to_vec();
                altered[bit / 8] ^= 1 << (bit % 8);
                let refused = opened(&KEYRING, &altered).unwrap_err();
                let expected = match bit / 8 {
                    0 => ErrorCode::KeyVersion,
                    _ => ErrorCode::KeyInvalid,
                };
                assert_eq!(refused, expected, "bit {bit}");
            }
        }
    }

    #[test]
    fn no_other_keyring_opens_it() {
        let namesake = XaesKey::new(&Key256::new([7; 32]));
        for vector in BLOBS {
            let blob = KeyBlob::parse(vector.blob).unwrap();
            assert_eq!(
                open::<Software>((&KEYRING, &namesake), &blob).err(),
                Some(ErrorCode::KeyInvalid)
            );
            assert_eq!(
                opened(&KeyringId::new([0xc6; 16]), vector.blob),
                Err(ErrorCode::KeyInvalid)
            );
        }
    }

    /// The strongest forger there is, one who may choose salt, prefix and context of a record, gets no tag that a blob
    /// has: the nonces differ in their last byte.
    #[test]
    fn a_blob_is_no_record() {
        for vector in BLOBS {
            let blob = KeyBlob::parse(vector.blob).unwrap();
            let random = vector.blob[1..record::HEADER_LEN].try_into().unwrap();
            let header = record::Header::v1(random);
            let associated = associated(&KEYRING, &blob.head, blob.public).unwrap();
            for last in [false, true] {
                let mut cipher = ChunkCipher::<<Software as Crypto>::Aes256Gcm>::new(&keyring(), &header);
                let mut body = [0; record::CHUNK_LEN];
                let body = if last {
                    &mut body[..blob.sealed.len()]
                } else {
                    &mut body[..]
                };
                body[..blob.sealed.len()].copy_from_slice(blob.sealed);
                let tag: &[u8; TAG_LEN] = blob.tag;
                assert_eq!(
                    cipher.open(&associated, last, body, tag),
                    Err(ErrorCode::RecordInvalid)
                );
            }
        }
    }
}
