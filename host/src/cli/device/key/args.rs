use super::Failure;
use crate::cli::attributes::TYPES;
use crate::cli::files;
use casemate_common::blob::{KeyType, Template, Usage, Usages};
use casemate_common::command::{
    ExportPolicy, OaepHash, Recipient, SignatureHash, SignatureScheme, WrapScheme,
};
use casemate_firmware::crypto::rsa::RsaPublic;
use clap::{Args, ValueEnum};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};
use zeroize::Zeroizing;

/// A key that is to be, and where its blob goes.
#[derive(Debug, Args)]
pub(super) struct New {
    /// Its type; see list-types
    #[arg(id = "key_type", long = "type", value_name = "TYPE")]
    pub(super) kind: KeyKind,
    /// What it may be used for, fixed for good; can be repeated
    #[arg(long = "usage", value_name = "USAGE", value_delimiter = ',')]
    usages: Vec<UsageName>,
    /// Let it be wrapped for recipients outside, as far as the export policy allows
    #[arg(long)]
    distributable: bool,
    /// File for the key's blob
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
}

impl New {
    /// What the device is told, with this machine's time.
    pub(super) fn template(&self) -> Result<Template, Failure> {
        if self.usages.is_empty() && !self.distributable {
            return Err("a key that is neither used nor distributed is good for nothing: say --usage, --distributable or both; \
                        `casemate device key list-types` shows what each type can do"
                .into());
        }
        let usages: Vec<Usage> = self.usages.iter().map(|name| name.0).collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let template = Template::new(self.kind.0, Usages::of(&usages), self.distributable, now);
        template.map_err(|code| crate::hsm::HsmError::from(code).into())
    }
}

/// A type, by its name.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyKind(pub(super) KeyType);

impl FromStr for KeyKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = TYPES.iter().find(|(name, _)| *name == text);
        found
            .map(|(_, kind)| Self(*kind))
            .ok_or_else(|| format!("one of {}", TYPES.map(|(name, _)| name).join(", ")))
    }
}

/// A usage, by its name.
#[derive(Debug, Clone, Copy)]
struct UsageName(Usage);

impl FromStr for UsageName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Usage::ALL.iter().find(|(_, name)| *name == text);
        found
            .map(|(usage, _)| Self(*usage))
            .ok_or_else(|| format!("one of {}", Usage::ALL.map(|(_, name)| name).join(", ")))
    }
}

/// How to sign.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Scheme {
    /// ECDSA
    Ecdsa,
    /// RSA PKCS#1 v1.5
    Pkcs1,
    /// RSA-PSS with a salt as long as the hash
    Pss,
}

impl Scheme {
    pub(super) fn with(self, hash: Hash) -> Result<SignatureScheme, Failure> {
        let hash = match hash {
            Hash::Sha1 => return Err("no signature is made with SHA-1".into()),
            Hash::Sha256 => SignatureHash::Sha256,
            Hash::Sha384 => SignatureHash::Sha384,
            Hash::Sha512 => SignatureHash::Sha512,
        };
        Ok(match self {
            Self::Ecdsa => SignatureScheme::Ecdsa(hash),
            Self::Pkcs1 => SignatureScheme::RsaPkcs1(hash),
            Self::Pss => SignatureScheme::RsaPss(hash),
        })
    }
}

/// A hash.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Hash {
    /// SHA-1, for RSA-OAEP alone
    Sha1,
    /// SHA-256
    Sha256,
    /// SHA-384, for signatures
    Sha384,
    /// SHA-512, for signatures
    Sha512,
}

impl Hash {
    pub(super) fn of_oaep(self) -> Result<OaepHash, Failure> {
        match self {
            Self::Sha1 => Ok(OaepHash::Sha1),
            Self::Sha256 => Ok(OaepHash::Sha256),
            Self::Sha384 | Self::Sha512 => Err("RSA-OAEP is offered with SHA-1 and SHA-256".into()),
        }
    }
}

/// How a key is wrapped.
#[derive(Debug, Args)]
pub(super) struct Wrapping {
    /// The scheme
    #[arg(id = "wrap_scheme", long = "scheme", value_enum)]
    kind: WrappingKind,
    /// The hash of RSA-OAEP
    #[arg(long, value_enum, default_value = "sha256")]
    hash: Hash,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum WrappingKind {
    /// AES key wrap with padding (RFC 5649)
    Kwp,
    /// RSA-OAEP alone, for short keys
    Oaep,
    /// A fresh AES key between: CKM_RSA_AES_KEY_WRAP
    RsaAes,
}

impl Wrapping {
    pub(super) fn scheme(&self) -> Result<WrapScheme, Failure> {
        Ok(match self.kind {
            WrappingKind::Kwp => WrapScheme::Kwp,
            WrappingKind::Oaep => WrapScheme::Oaep(self.hash.of_oaep()?),
            WrappingKind::RsaAes => WrapScheme::RsaAes(self.hash.of_oaep()?),
        })
    }

    /// The recipient's file: the blob of a key, or a public key in DER.
    pub(super) fn read_recipient(&self, path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
        match self.kind {
            WrappingKind::Kwp => files::blob(path),
            WrappingKind::Oaep | WrappingKind::RsaAes => files::public_key(path),
        }
    }

    /// `recipient`: a public key in DER, or a blob.
    pub(super) fn recipient<'a>(&self, recipient: &'a [u8]) -> Result<Recipient<'a>, Failure> {
        Ok(match self.scheme()? {
            WrapScheme::Kwp => Recipient::Kwp { key: recipient },
            WrapScheme::Oaep(hash) => Recipient::Oaep {
                hash,
                public: recipient,
            },
            WrapScheme::RsaAes(hash) => Recipient::RsaAes {
                hash,
                public: recipient,
            },
        })
    }
}

/// For whom keys may be wrapped.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Policy {
    /// For nobody
    Never,
    /// For the recipients given
    Approved,
    /// For whoever the operator says
    Any,
}

impl Policy {
    /// What names these recipients to the device.
    pub(super) fn recipients(self, files: &[PathBuf]) -> Result<Vec<[u8; 32]>, Failure> {
        match (self, files) {
            (Self::Approved, []) => Err("say who is approved: --recipient FILE, once for each".into()),
            (Self::Approved, files) => files.iter().map(|path| recipient_fingerprint(path)).collect(),
            (Self::Never | Self::Any, []) => Ok(Vec::new()),
            (Self::Never | Self::Any, _) => Err("--recipient goes with `approved` alone".into()),
        }
    }
}

/// SHA-256 of a public key that keys can be wrapped for.
fn recipient_fingerprint(path: &Path) -> Result<[u8; 32], Failure> {
    let spki = files::der(path)?;
    RsaPublic::from_spki(&spki).map_err(|_| {
        format!(
            "{}: this is no RSA public key of 2048, 3072 or 4096 bits; `openssl pkey -in KEY -pubout` writes one of a private \
             key",
            path.display()
        )
    })?;
    Ok(Sha256::digest(&*spki).into())
}

impl From<Policy> for ExportPolicy {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Never => Self::Never,
            Policy::Approved => Self::Approved,
            Policy::Any => Self::Any,
        }
    }
}
