use super::Failure;
use super::args::{Hash, Scheme};
use crate::cli::files::{blob, read};
use crate::hsm::{Hsm, ToSign};
use casemate_common::blob::KeyType;
use casemate_common::keyring::KeyringId;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What a key does with a file.
#[derive(Debug, Subcommand)]
pub(super) enum Use {
    /// Sign a file of any length
    Sign {
        #[command(flatten)]
        files: Files,
        /// How; a signature of ECDSA is r and s, one after the other
        #[arg(long, value_enum)]
        scheme: Scheme,
        /// The hash
        #[arg(long, value_enum, default_value = "sha256")]
        hash: Hash,
    },
    /// Encrypt a file of up to 4096 bytes with AES-256-GCM: nonce, ciphertext, tag
    Encrypt {
        #[command(flatten)]
        files: Files,
    },
    /// Decrypt a file: RSA-OAEP, or AES-256-GCM (nonce, ciphertext, tag)
    Decrypt {
        #[command(flatten)]
        files: Files,
        /// The hash of RSA-OAEP
        #[arg(long, value_enum, default_value = "sha256")]
        hash: Hash,
    },
    /// Make the HMAC-SHA-256 of a file
    Mac {
        #[command(flatten)]
        files: Files,
    },
}

#[derive(Debug, Args)]
pub(super) struct Files {
    /// The key's blob
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// File that it is done to
    #[arg(long = "in", value_name = "FILE")]
    input: PathBuf,
    /// File for what comes of it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Use {
    /// Where the result goes.
    pub(super) fn out(&self) -> &Path {
        &self.files().out
    }

    fn files(&self) -> &Files {
        match self {
            Self::Sign { files, .. }
            | Self::Encrypt { files }
            | Self::Decrypt { files, .. }
            | Self::Mac { files } => files,
        }
    }

    /// Does it.
    pub(super) async fn apply(
        &self,
        hsm: &dyn Hsm,
        keyring: KeyringId,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let (key, input) = (blob(&self.files().key)?, read(&self.files().input)?);
        Ok(match self {
            Self::Sign { scheme, hash, .. } => {
                let message = ToSign::Message(&input);
                hsm.sign(keyring, &key, scheme.with(*hash)?, message)
                    .await?
                    .into()
            }
            Self::Encrypt { .. } => hsm.encrypt(keyring, &key, b"", &input).await?.into(),
            Self::Decrypt { hash, .. } => {
                let description = hsm.describe_key(keyring, &key).await?;
                match description.attributes.template.key_type() {
                    KeyType::Aes256 => hsm.decrypt(keyring, &key, b"", &input).await?,
                    _ => hsm.decipher(keyring, &key, hash.of_oaep()?, &input).await?,
                }
            }
            Self::Mac { .. } => hsm.mac(keyring, &key, &[], &input).await?,
        })
    }
}
