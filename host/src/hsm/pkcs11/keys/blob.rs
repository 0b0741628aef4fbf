//! The key blob of this backend, version 0x82. A device's blobs and all records start with other bytes, so none is taken
//! for another.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | version: 0x82 |
//! | 4 | generation of the keyring's key that authenticates, big-endian |
//! | 12 | IV from the token's random generator |
//! | 16 | tag |
//! | 29 | attributes, encoded as in a device's blob |
//! | 2 | length of the public key, big-endian |
//! | n | public key: SubjectPublicKeyInfo in DER; nothing for secret keys |
//! | m | the private key (PKCS#8) or secret key, wrapped by the token with AES-KWP (RFC 5649) |
//!
//! The tag is that of AES-256-GCM (NIST SP 800-38D) over no plaintext; the associated data is version and generation as
//! above, the keyring's 16 bytes, then everything behind the tag. KWP alone authenticates the key, but not what may be
//! done with it, nor that both belong together.

use casemate_common::blob::Attributes;
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;

const VERSION: u8 = 0x82;
const TAG_LEN: usize = 16;

/// Length of the IV in bytes.
pub(super) const IV_LEN: usize = 12;

/// Whether these bytes begin as a blob of this backend does.
pub(crate) fn is_blob(bytes: &[u8]) -> bool {
    bytes.first() == Some(&VERSION)
}

/// A blob in its parts; nothing of it is authentic yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Blob<'b> {
    pub(super) generation: u32,
    pub(super) iv: [u8; IV_LEN],
    pub(super) tag: [u8; TAG_LEN],
    /// All of what follows the tag.
    pub(super) body: &'b [u8],
    pub(super) attributes: Attributes,
    pub(super) public_key: &'b [u8],
    pub(super) wrapped: &'b [u8],
}

impl<'b> Blob<'b> {
    /// Reads a blob.
    ///
    /// # Errors
    /// [`ErrorCode::KeyVersion`] for another format, [`ErrorCode::KeyInvalid`] for what this backend does not make.
    pub(super) fn parse(bytes: &'b [u8]) -> Result<Self, ErrorCode> {
        if bytes.first().is_some_and(|version| *version != VERSION) {
            return Err(ErrorCode::KeyVersion);
        }
        Self::split(bytes).ok_or(ErrorCode::KeyInvalid)
    }

    fn split(bytes: &'b [u8]) -> Option<Self> {
        let (_, rest) = bytes.split_first()?;
        let (generation, rest) = rest.split_first_chunk()?;
        let (iv, rest) = rest.split_first_chunk()?;
        let (tag, body) = rest.split_first_chunk()?;
        let (attributes, rest) = body.split_first_chunk()?;
        let (public_len, rest) = rest.split_first_chunk()?;
        let (public_key, wrapped) = rest.split_at_checked(u16::from_be_bytes(*public_len).into())?;
        Some(Self {
            generation: u32::from_be_bytes(*generation),
            iv: *iv,
            tag: *tag,
            body,
            attributes: Attributes::parse(attributes)?,
            public_key,
            wrapped,
        })
    }
}

/// What stands behind the tag; `None` for a public key that no key has.
pub(super) fn body(attributes: &Attributes, public_key: &[u8], wrapped: &[u8]) -> Option<Vec<u8>> {
    let public_len = u16::try_from(public_key.len()).ok()?;
    Some(
        [
            &attributes.encode(),
            &public_len.to_be_bytes()[..],
            public_key,
            wrapped,
        ]
        .concat(),
    )
}

/// What the tag authenticates.
pub(super) fn associated_data(generation: u32, keyring: KeyringId, body: &[u8]) -> Vec<u8> {
    [
        &[VERSION],
        &generation.to_be_bytes()[..],
        keyring.as_bytes(),
        body,
    ]
    .concat()
}

/// The whole blob.
pub(super) fn assemble(generation: u32, iv: &[u8; IV_LEN], tag: &[u8], body: &[u8]) -> Vec<u8> {
    [&[VERSION], &generation.to_be_bytes()[..], iv, tag, body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use casemate_common::blob::vectors::BLOBS;

    fn example() -> (Attributes, Vec<u8>) {
        let attributes = BLOBS[1].attributes().expect("a vector");
        let body = body(&attributes, &[3; 91], &[4; 152]).expect("a body");
        (
            attributes,
            assemble(0x0102_0304, &[1; IV_LEN], &[2; TAG_LEN], &body),
        )
    }

    #[test]
    fn layout_is_as_documented() {
        let (attributes, bytes) = example();
        assert_eq!(bytes[..5], [0x82, 1, 2, 3, 4]);
        assert_eq!((&bytes[5..17], &bytes[17..33]), (&[1; 12][..], &[2; 16][..]));
        assert_eq!(bytes[33..62], attributes.encode());
        assert_eq!(bytes[62..64], [0, 91]);
        assert_eq!((&bytes[64..155], &bytes[155..]), (&[3; 91][..], &[4; 152][..]));
        let keyring = KeyringId::new([9; 16]);
        let associated = associated_data(0x0102_0304, keyring, &bytes[33..]);
        assert_eq!(associated, [&bytes[..5], &[9; 16], &bytes[33..]].concat());
    }

    #[test]
    fn what_is_written_is_read() {
        let (attributes, bytes) = example();
        let blob = Blob::parse(&bytes).expect("a blob");
        assert_eq!((blob.generation, blob.attributes), (0x0102_0304, attributes));
        assert_eq!((blob.iv, blob.tag), ([1; 12], [2; 16]));
        assert_eq!((blob.public_key, blob.wrapped), (&[3; 91][..], &[4; 152][..]));
        assert_eq!(blob.body, &bytes[33..]);
    }

    #[test]
    fn short_and_foreign_bytes_are_no_blobs() {
        let (_, bytes) = example();
        for len in 0..155 {
            assert_eq!(
                Blob::parse(&bytes[..len]),
                Err(ErrorCode::KeyInvalid),
                "{len} bytes"
            );
        }
        assert_eq!(Blob::parse(BLOBS[1].blob), Err(ErrorCode::KeyVersion));
        assert!(body(&BLOBS[1].attributes().expect("a vector"), &[0; 1 << 16], &[]).is_none());
    }
}
