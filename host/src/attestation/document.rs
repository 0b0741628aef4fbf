use crate::hsm::Attestation;
use serde::{Deserialize, Serialize};

/// An attestation as it is kept and sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// What the device signed: [`Statement::encode`](casemate_common::attestation::Statement::encode).
    #[serde(with = "hex::serde")]
    pub statement: Vec<u8>,
    /// The attested key's SubjectPublicKeyInfo in DER; empty for secret keys.
    #[serde(with = "hex::serde")]
    pub public_key: Vec<u8>,
    /// `r ‖ s`.
    #[serde(with = "hex::serde")]
    pub signature: Vec<u8>,
    /// The key that the device says it signs with, uncompressed.
    #[serde(with = "hex::serde")]
    pub signing_key: Vec<u8>,
}

impl From<Attestation> for Document {
    fn from(attestation: Attestation) -> Self {
        Self {
            statement: attestation.statement.encode().to_vec(),
            public_key: attestation.public_key,
            signature: attestation.signature,
            signing_key: attestation.signing_key,
        }
    }
}
