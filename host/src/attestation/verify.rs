use super::{Document, is_signed};
use casemate_common::attestation::{CHALLENGE_LEN, Statement};
use casemate_common::blob::{Attributes, Origin};
use sha2::{Digest, Sha256};

/// Why an attestation proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No statement, or its signature is not of the key that the document itself names.
    #[error("the statement or its signature was altered: the key that signed it does not fit it any more")]
    Altered,
    /// Sound, but another device's.
    #[error(
        "another device made this statement: it is signed by the key {found}, and the identity key that you trust is \
         {expected}"
    )]
    OtherDevice {
        /// The key that signed.
        found: String,
        /// The one that is trusted.
        expected: String,
    },
    /// The public key beside the statement is not the one that it is about.
    #[error("the public key was exchanged: the statement is about another one")]
    PublicKey,
    /// The statement is about another key than the verifier's.
    #[error("the statement is about another key than yours: its public key has the SHA-256 {found}")]
    OtherKey {
        /// Of the public key that it is about.
        found: String,
    },
    /// It is about a key that was brought into the device.
    #[error(
        "the statement is sound, but the key did not come into being in the device: others may have it too"
    )]
    Imported,
    /// It answers another challenge.
    #[error("the statement answers another challenge than yours: it may be an old one")]
    Challenge,
}

/// What the verifier knows.
#[derive(Debug, Clone)]
pub struct Verifier {
    /// The identity key of the device that is trusted, uncompressed.
    pub key: Vec<u8>,
    /// The challenge that the statement must answer; without one, a statement may be of any age.
    pub challenge: Option<[u8; CHALLENGE_LEN]>,
    /// The public key, SubjectPublicKeyInfo in DER, that the statement must be about.
    pub public_key: Option<Vec<u8>>,
    /// Whether a key will do that was brought into the device.
    pub imported: bool,
}

/// What is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The id of the device that says so.
    pub device: [u8; 16],
    /// What it says of the key.
    pub attributes: Attributes,
    /// Its SubjectPublicKeyInfo in DER; empty for secret keys.
    pub public_key: Vec<u8>,
    /// Whether the statement answers the verifier's challenge.
    pub is_fresh: bool,
}

/// Checks an attestation.
///
/// # Errors
/// [`Fault`]: the first thing that is wrong.
pub fn verify(document: &Document, verifier: &Verifier) -> Result<Verified, Fault> {
    let bytes = document.statement.as_slice().try_into();
    let statement: &[u8; Statement::LEN] = bytes.map_err(|_| Fault::Altered)?;
    if !is_signed(&verifier.key, statement, &document.signature) {
        return Err(not_signed(document, verifier));
    }
    let statement = Statement::parse(statement).ok_or(Fault::Altered)?;
    if Sha256::digest(&document.public_key)[..] != statement.public_key {
        return Err(Fault::PublicKey);
    }
    if (verifier.public_key.as_ref()).is_some_and(|key| *key != document.public_key) {
        return Err(Fault::OtherKey {
            found: hex::encode(statement.public_key),
        });
    }
    if (verifier.challenge).is_some_and(|challenge| challenge != statement.challenge) {
        return Err(Fault::Challenge);
    }
    if statement.attributes.origin != Origin::Generated && !verifier.imported {
        return Err(Fault::Imported);
    }
    Ok(Verified {
        device: statement.device,
        attributes: statement.attributes,
        public_key: document.public_key.clone(),
        is_fresh: verifier.challenge.is_some(),
    })
}

/// Why the trusted key has not signed it: another has, or none.
fn not_signed(document: &Document, verifier: &Verifier) -> Fault {
    let is_sound = is_signed(&document.signing_key, &document.statement, &document.signature);
    if is_sound && document.signing_key != verifier.key {
        return Fault::OtherDevice {
            found: hex::encode(&document.signing_key),
            expected: hex::encode(&verifier.key),
        };
    }
    Fault::Altered
}
