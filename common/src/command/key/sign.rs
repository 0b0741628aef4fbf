use crate::command::{Audited, Command, Roles, Spec, States};
use crate::keyring::KeyringId;
use serde::{Deserialize, Serialize};

/// Signs. The answer's data: the signature, for ECDSA `r ‖ s`, each as long as the curve's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign<'a> {
    /// The keyring that the key was sealed under.
    pub keyring: KeyringId,
    /// The key's blob, with usage `sign`.
    pub blob: &'a [u8],
    /// How to sign.
    pub scheme: SignatureScheme,
    /// What the request's data are.
    pub input: SignInput,
}

/// How a signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SignatureScheme {
    /// FIPS 186-5, section 6, over the digest of this hash; its nonce follows from key, digest and fresh randomness (RFC
    /// 6979, section 3.6).
    Ecdsa(SignatureHash),
    /// RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2).
    RsaPkcs1(SignatureHash),
    /// RSASSA-PSS (RFC 8017, section 8.1): MGF1 with the same hash, a salt as long as the digest.
    RsaPss(SignatureHash),
}

impl SignatureScheme {
    /// The hash it is made over.
    pub const fn hash(self) -> SignatureHash {
        match self {
            Self::Ecdsa(hash) | Self::RsaPkcs1(hash) | Self::RsaPss(hash) => hash,
        }
    }
}

/// A hash of FIPS 180-4 that signatures are made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SignatureHash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// What the data of a [`Sign`] request are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignInput {
    /// The digest alone, in one message.
    Digest,
    /// The message to sign, of any length: it may go on in further messages of the request. Only the last one is
    /// answered with data.
    Message,
}

impl Command for Sign<'_> {
    const SPEC: Spec = Spec {
        code: 0x0306,
        name: "sign",
        idempotent: true,
        roles: Roles::OPERATOR,
        states: States::SERVING,
        pin: false,
        audited: Audited::Counted,
    };
    type Answer<'a> = ();
}
