//! What was issued, and what of it no longer counts.

use super::PkiError;
use super::names::HolderName;
use super::profile::Holder;
use crate::auth::policy::PolicyName;
use crate::engine::clock::Time;
use crate::store::{Batch, Store, each};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, PoisonError, RwLock};

const ROWS: &[u8] = b"pki/issued/";

/// The serial number of a certificate of ours: 128 bits, of which 127 are random. As text, 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Serial(#[serde(with = "hex::serde")] [u8; Self::LEN]);

impl Serial {
    /// Bytes of a serial number.
    pub const LEN: usize = 16;

    /// The number of these random bytes: positive, and of full length.
    pub(super) fn of(mut random: [u8; Self::LEN]) -> Self {
        random[0] = random[0] & 0x7f | 0x40;
        Self(random)
    }

    /// The number that a certificate has, if it can be one of ours.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its bytes, big-endian.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Serial {
    type Err = PkiError;

    /// With or without colons, as other programs print it.
    fn from_str(text: &str) -> Result<Self, PkiError> {
        let digits: String = text.chars().filter(|&c| c != ':').collect();
        let bytes = hex::decode(digits).unwrap_or_default();
        Self::from_bytes(&bytes).ok_or(PkiError::NotFound)
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// A client certificate that was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// Its serial number.
    pub serial: Serial,
    /// Whom it is for.
    pub name: HolderName,
    /// What it is for.
    pub holder: Holder,
    /// What its holder may do, beside what every holder of its kind may.
    pub policies: Vec<PolicyName>,
    /// When it was made.
    pub created: Time,
    /// When it ends.
    pub expires: Time,
    /// Since when it no longer counts, if it was revoked.
    pub revoked: Option<Time>,
}

impl Issued {
    /// Whether it has not been revoked. Its time is the verifier's to check.
    pub fn counts(&self) -> bool {
        self.revoked.is_none()
    }
}

/// All of them, by serial number.
pub(super) struct List {
    store: Arc<dyn Store>,
    entries: RwLock<BTreeMap<Serial, Arc<Issued>>>,
    /// Held while one changes, so that memory follows the store.
    changing: tokio::sync::Mutex<()>,
}

impl List {
    pub(super) fn load(store: Arc<dyn Store>) -> Result<Self, PkiError> {
        let mut entries = BTreeMap::new();
        each(&*store, ROWS, |_, row| {
            let issued: Issued = serde_json::from_slice(row)
                .map_err(|error| PkiError::Damaged(format!("the row of a certificate: {error}")))?;
            entries.insert(issued.serial, Arc::new(issued));
            Ok::<_, PkiError>(())
        })?;
        Ok(Self {
            store,
            entries: RwLock::new(entries),
            changing: tokio::sync::Mutex::default(),
        })
    }

    pub(super) fn find(&self, serial: Serial) -> Option<Arc<Issued>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(&serial).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<Issued>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.values().cloned().collect()
    }

    pub(super) async fn add(&self, issued: Issued) -> Result<Arc<Issued>, PkiError> {
        let _turn = self.changing.lock().await;
        self.put(issued).await
    }

    /// Revokes one at this time; one that was revoked before stays as it was.
    pub(super) async fn revoke(&self, serial: Serial, now: Time) -> Result<Arc<Issued>, PkiError> {
        let _turn = self.changing.lock().await;
        let issued = self.find(serial).ok_or(PkiError::NotFound)?;
        if issued.revoked.is_some() {
            return Ok(issued);
        }
        let revoked = Issued {
            revoked: Some(now),
            ..(*issued).clone()
        };
        self.put(revoked).await
    }

    async fn put(&self, issued: Issued) -> Result<Arc<Issued>, PkiError> {
        let row = serde_json::to_vec(&issued).map_err(|error| PkiError::Damaged(error.to_string()))?;
        let key = [ROWS, issued.serial.as_bytes()].concat();
        self.store.commit(Batch::new().put(key, row)).await?;
        let issued = Arc::new(issued);
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        entries.insert(issued.serial, issued.clone());
        Ok(issued)
    }
}
