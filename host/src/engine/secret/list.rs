use super::key;
use crate::engine::collection::Collection;
use crate::engine::{Engine, EngineError};

/// Greater than every byte that a path holds.
const PAST_ALL: u8 = 0xff;

/// Part of what lies in a folder, in order: names of secrets, and names of folders with a slash at their end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// The names.
    pub names: Vec<String>,
    /// Whether there are more after these.
    pub more: bool,
}

impl Engine {
    /// What lies in a folder: up to `limit` names after the name `after`. `folder` is empty or ends with a slash.
    ///
    /// # Errors
    /// Those of the store.
    pub fn list(
        &self,
        collection: &Collection,
        folder: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Listing, EngineError> {
        let mut prefix = key::collection_prefix(collection.id());
        prefix.extend_from_slice(folder.as_bytes());
        let mut listing = Listing::default();
        let mut after = after.map(|name| last_key(&prefix, name));
        // One row a step: a folder is passed over as a whole, however much it holds.
        while let Some((key, _)) = self.store.scan(&prefix, after.as_deref(), 1)?.pop() {
            if listing.names.len() == limit {
                listing.more = true;
                break;
            }
            let name = first_name(&key[prefix.len()..])?;
            after = Some(last_key(&prefix, &name));
            listing.names.push(name);
        }
        Ok(listing)
    }
}

/// The name of the secret or folder that a key's rest starts with.
fn first_name(rest: &[u8]) -> Result<String, EngineError> {
    let name = match rest.iter().position(|&byte| byte == b'/' || byte == 0) {
        Some(end) if rest[end] == b'/' => &rest[..=end],
        Some(end) => &rest[..end],
        None => return Err(EngineError::Damaged("a secret's key has no end".into())),
    };
    String::from_utf8(name.to_vec()).map_err(|_| EngineError::Damaged("a secret's path is no text".into()))
}

/// A key past all rows of the secret or folder `name`.
fn last_key(prefix: &[u8], name: &str) -> Vec<u8> {
    let mut key = [prefix, name.as_bytes()].concat();
    if !name.ends_with('/') {
        key.push(0);
    }
    // Longer than any version number.
    key.extend_from_slice(&[PAST_ALL; 5]);
    key
}
