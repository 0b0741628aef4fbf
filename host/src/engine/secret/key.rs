//! Keys of secrets' rows.
//!
//! ```text
//! secret/ ‖ collection (16 bytes) ‖ path ‖ 0x00                              metadata row
//! secret/ ‖ collection (16 bytes) ‖ path ‖ 0x00 ‖ NOT version (4 bytes, BE)  version row
//! secret/ ‖ collection (16 bytes) ‖ path ‖ 0x00 ‖ 0xff (5 times)             what else belongs to a key
//! ```
//! No path holds 0x00, so keys of different secrets never mix. The metadata row comes first and the newest version
//! next: one scan of two rows reads the current value from one snapshot.

use super::SecretPath;
use crate::engine::collection::CollectionId;

/// What the keys of all secrets' rows start with.
pub(in crate::engine) const PREFIX: &[u8] = b"secret/";

const COLLECTION_LEN: usize = 16;
const END_OF_PATH: u8 = 0;

/// What the keys of all rows of a collection start with.
pub(in crate::engine) fn collection_prefix(collection: CollectionId) -> Vec<u8> {
    [PREFIX, collection.as_bytes()].concat()
}

/// The key of a secret's metadata row, and what the keys of its version rows start with.
pub(in crate::engine) fn metadata(collection: CollectionId, path: &SecretPath) -> Vec<u8> {
    let path = path.as_str().as_bytes();
    let mut key = Vec::with_capacity(PREFIX.len() + COLLECTION_LEN + path.len() + 1 + 4);
    key.extend_from_slice(PREFIX);
    key.extend_from_slice(collection.as_bytes());
    key.extend_from_slice(path);
    key.push(END_OF_PATH);
    key
}

/// The key of a version's row, from that of the metadata row.
pub(in crate::engine) fn version(metadata_key: &[u8], version: u32) -> Vec<u8> {
    let mut key = Vec::with_capacity(metadata_key.len() + 4);
    key.extend_from_slice(metadata_key);
    key.extend_from_slice(&(!version).to_be_bytes());
    key
}

/// The key of the row beside a secret, from that of the metadata row; it follows all versions.
pub(in crate::engine) fn annex(metadata_key: &[u8]) -> Vec<u8> {
    [metadata_key, &[0xff; 5]].concat()
}

/// The key of the metadata row that a version row belongs to, and the version; `None` for other keys.
pub(in crate::engine) fn owner(key: &[u8]) -> Option<(&[u8], u32)> {
    let path = key.strip_prefix(PREFIX)?.get(COLLECTION_LEN..)?;
    let path_len = path.iter().position(|&byte| byte == END_OF_PATH)?;
    let (metadata, version) = key.split_at_checked(PREFIX.len() + COLLECTION_LEN + path_len + 1)?;
    Some((metadata, !u32::from_be_bytes(version.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collection() -> CollectionId {
        "00112233-4455-6677-8899-aabbccddeeff".parse().expect("a UUID")
    }

    #[test]
    fn newest_version_follows_the_metadata() {
        let path = SecretPath::parse("a/b").expect("a path");
        let metadata = metadata(collection(), &path);
        let (old, new) = (version(&metadata, 9), version(&metadata, 10));
        assert!(metadata < new && new < old);
        let longer = super::metadata(collection(), &SecretPath::parse("a/b-c").expect("a path"));
        assert!(old < longer);
    }

    #[test]
    fn version_rows_know_their_owner() {
        let path = SecretPath::parse("a/b").expect("a path");
        let metadata = metadata(collection(), &path);
        let key = version(&metadata, 7);
        assert_eq!(owner(&key), Some((metadata.as_slice(), 7)));
        let annex = annex(&metadata);
        assert!(annex > version(&metadata, 0));
        for other in [
            &metadata,
            annex.as_slice(),
            &key[..key.len() - 1],
            b"collection/x",
            b"",
        ] {
            assert_eq!(owner(other), None);
        }
    }
}
