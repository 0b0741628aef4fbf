use super::KeyType;
use super::attributes::Attributes;
use crate::error::ErrorCode;
use crate::record::{NONCE_LEN, TAG_LEN};

/// Bytes in front of the public part.
pub const HEAD_LEN: usize = 1 + Head::RANDOM_LEN + Attributes::LEN;

/// Most bytes of a blob.
pub const MAX_BLOB_LEN: usize = HEAD_LEN + KeyType::MAX_PUBLIC_LEN + KeyType::MAX_PRIVATE_LEN + TAG_LEN;

/// The first byte of version 1.
const VERSION: u8 = 0x21;

/// The last byte of the nonce, which no record's nonce has.
const NONCE_OF_BLOBS: u8 = 0x02;

/// Bytes of a blob with a key of this type.
pub const fn blob_len(kind: KeyType) -> usize {
    HEAD_LEN
        .saturating_add(kind.public_len())
        .saturating_add(kind.private_len())
        .saturating_add(TAG_LEN)
}

/// The clear first bytes of a blob: version, salt, prefix and attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    bytes: [u8; HEAD_LEN],
    attributes: Attributes,
}

impl Head {
    /// Length of the random part: salt and prefix.
    pub const RANDOM_LEN: usize = 19;

    /// A version 1 head around fresh random bytes.
    pub fn v1(random: &[u8; Self::RANDOM_LEN], attributes: Attributes) -> Self {
        let parts = [VERSION].into_iter().chain(*random).chain(attributes.encode());
        let mut bytes = [0; HEAD_LEN];
        bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        Self { bytes, attributes }
    }

    /// Reads the head at the front of a blob and gives what follows it.
    ///
    /// # Errors
    /// [`ErrorCode::KeyVersion`] for a format this code does not know, [`ErrorCode::KeyInvalid`] when the bytes end
    /// within the head or say something that no blob says.
    pub fn split(blob: &[u8]) -> Result<(Self, &[u8]), ErrorCode> {
        match blob.first() {
            Some(&version) if version != VERSION => return Err(ErrorCode::KeyVersion),
            _ => {}
        }
        let (bytes, rest) = blob.split_first_chunk().ok_or(ErrorCode::KeyInvalid)?;
        let attributes = bytes.last_chunk().and_then(Attributes::parse);
        let attributes = attributes.ok_or(ErrorCode::KeyInvalid)?;
        let bytes = *bytes;
        Ok((Self { bytes, attributes }, rest))
    }

    /// All bytes, as they stand at the front of the blob.
    pub const fn as_bytes(&self) -> &[u8; HEAD_LEN] {
        &self.bytes
    }

    /// What they say of the key. Nothing of it is authentic before the blob has been opened.
    pub const fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// The 12 bytes that XAES-256-GCM derives the blob's key from.
    pub fn salt(&self) -> [u8; 12] {
        let [_, salt @ .., _, _, _, _, _, _, _] = self.random_part();
        salt
    }

    /// The nonce for AES-256-GCM under the derived key.
    pub fn nonce(&self) -> [u8; NONCE_LEN] {
        let [_, _, _, _, _, _, _, _, _, _, _, _, _, p0, p1, p2, p3, p4, p5, p6] = self.random_part();
        [p0, p1, p2, p3, p4, p5, p6, 0, 0, 0, 0, NONCE_OF_BLOBS]
    }

    /// Version, salt and prefix.
    fn random_part(&self) -> [u8; 1 + Self::RANDOM_LEN] {
        let mut part = [0; 1 + Self::RANDOM_LEN];
        part.iter_mut().zip(self.bytes).for_each(|(to, from)| *to = from);
        part
    }
}

/// A key blob in its parts, whose shape has been checked; whether it is authentic only the device finds out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyBlob<'b> {
    /// What stands in front.
    pub head: Head,
    /// The public part; empty for secret keys.
    pub public: &'b [u8],
    /// The ciphertext of the private part.
    pub sealed: &'b [u8],
    /// What authenticates all of it.
    pub tag: &'b [u8; TAG_LEN],
}

impl<'b> KeyBlob<'b> {
    /// Reads a blob, which must fill `bytes`.
    ///
    /// # Errors
    /// [`ErrorCode::KeyVersion`] for a format this code does not know, [`ErrorCode::KeyInvalid`] for anything that no
    /// device makes.
    pub fn parse(bytes: &'b [u8]) -> Result<Self, ErrorCode> {
        let (head, rest) = Head::split(bytes)?;
        let kind = head.attributes.template.key_type();
        let (public, rest) = rest
            .split_at_checked(kind.public_len())
            .ok_or(ErrorCode::KeyInvalid)?;
        let (sealed, tag) = rest.split_last_chunk().ok_or(ErrorCode::KeyInvalid)?;
        if sealed.len() != kind.private_len() {
            return Err(ErrorCode::KeyInvalid);
        }
        Ok(Self {
            head,
            public,
            sealed,
            tag,
        })
    }

    /// What it says of its key. Nothing of it is authentic before the device has opened the blob.
    pub const fn attributes(&self) -> &Attributes {
        self.head.attributes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::vectors::BLOBS;
    use crate::blob::{KeyId, Origin, Template, Usage, Usages};
    use std::vec::Vec;

    fn example(kind: KeyType) -> Vec<u8> {
        let mut random = [0; Head::RANDOM_LEN];
        random.iter_mut().zip(1..).for_each(|(byte, n)| *byte = n);
        let attributes = Attributes {
            id: KeyId::new([0xc5; 16]),
            origin: Origin::Imported,
            template: Template::new(kind, Usages::NONE, true, 0x0102_0304_0506_0708).unwrap(),
        };
        let mut bytes = Head::v1(&random, attributes).as_bytes().to_vec();
        bytes.resize(blob_len(kind), 0xee);
        bytes
    }

    #[test]
    fn parts_lie_where_the_format_says() {
        let bytes = example(KeyType::P256);
        let blob = KeyBlob::parse(&bytes).unwrap();
        assert_eq!(blob.head.salt(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(blob.head.nonce(), [13, 14, 15, 16, 17, 18, 19, 0, 0, 0, 0, 2]);
        assert_eq!(
            bytes[..20],
            [&[0x21][..], &blob.head.salt(), &blob.head.nonce()[..7]].concat()
        );
        assert_eq!(bytes[20..36], [0xc5; 16]);
        assert_eq!(
            bytes[36..],
            [&[5, 0, 0, 2, 1, 1, 2, 3, 4, 5, 6, 7, 8][..], &[0xee; 113]].concat()
        );
        assert_eq!((blob.public.len(), blob.sealed.len()), (65, 32));
    }

    #[test]
    fn what_is_written_is_read() {
        for kind in KeyType::ALL {
            let bytes = example(kind);
            let blob = KeyBlob::parse(&bytes).unwrap();
            assert_eq!(blob.attributes().template.key_type(), kind);
            assert_eq!(
                Head::v1(&bytes[1..20].try_into().unwrap(), *blob.attributes()),
                blob.head
            );
            assert!(bytes.len() <= MAX_BLOB_LEN);
        }
    }

    #[test]
    fn every_other_length_is_refused() {
        for kind in KeyType::ALL {
            let mut bytes = example(kind);
            for len in 0..bytes.len() {
                assert_eq!(KeyBlob::parse(&bytes[..len]), Err(ErrorCode::KeyInvalid));
            }
            bytes.push(0);
            assert_eq!(KeyBlob::parse(&bytes), Err(ErrorCode::KeyInvalid));
        }
    }

    #[test]
    fn what_no_blob_says_is_refused() {
        let refused = |at: usize, value: u8| {
            let mut bytes = example(KeyType::Aes256);
            bytes[at] = value;
            KeyBlob::parse(&bytes).err()
        };
        assert_eq!(refused(0, 0x01), Some(ErrorCode::KeyVersion));
        for (at, value, what) in [
            (36, 0, "type"),
            (36, 9, "type"),
            (37, 0x80, "unknown usage"),
            (38, 0x80, "unknown usage"),
            (38, Usage::Sign as u8, "usage of another type"),
            (
                38,
                (Usage::Mac as u8) | (Usage::Wrap as u8),
                "usages that conflict",
            ),
            (39, 0, "origin"),
            (39, 3, "origin"),
            (40, 2, "distributable"),
        ] {
            assert_eq!(refused(at, value), Some(ErrorCode::KeyInvalid), "{what} {value}");
        }
    }

    #[test]
    fn vectors_are_blobs() {
        for vector in BLOBS {
            let blob = KeyBlob::parse(vector.blob).unwrap();
            assert_eq!(blob.attributes(), &vector.attributes().unwrap());
        }
    }
}
