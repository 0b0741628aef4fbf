//! `casemate device key`: keys as blobs in files.

mod args;
mod progress;
mod show;
mod uses;

use super::keyring::identifier;
use super::{Failure, Target};
use crate::cli::files::{blob, der, read, refuse_existing, write_new};
use crate::cli::interrupt;
use crate::hsm::{Hsm, Keys};
use crate::pem;
use args::{KeyKind, New, Wrapping};
use casemate_common::blob::KeyType;
use casemate_common::command::Recipient;
use casemate_common::keyring::KeyringId;
use clap::{Args, Subcommand};
use progress::Search;
use std::path::{Path, PathBuf};
use uses::Use;

/// `casemate device key …`
#[derive(Debug, Args)]
pub(super) struct KeyArgs {
    /// The keyring that the keys are sealed under
    #[arg(long, value_name = "HEX", value_parser = identifier, global = true)]
    keyring: Option<KeyringId>,
    #[command(subcommand)]
    action: KeyAction,
}

#[derive(Debug, Subcommand)]
enum KeyAction {
    /// Make a key inside the device
    Generate {
        #[command(flatten)]
        new: New,
    },
    /// Bring in a key: 32 bytes of a secret one, PKCS#8 in DER or PEM of the others
    Import {
        #[command(flatten)]
        new: New,
        /// File with the key
        #[arg(long = "in", value_name = "FILE")]
        input: PathBuf,
    },
    /// Check a key's blob, show what it says, and write its public key as PEM
    Public {
        /// The key's blob
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// File for the public key
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    #[command(flatten)]
    Use(Use),
    /// Wrap a distributable key for a recipient that the export policy allows
    Wrap {
        /// The key's blob
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        #[command(flatten)]
        wrapping: Wrapping,
        /// The recipient: an RSA public key in DER or PEM, or the blob of an AES key for kwp
        #[arg(long, value_name = "FILE")]
        recipient: PathBuf,
        /// File for the wrapped key
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Bring in a key that was wrapped for a key of this device
    Unwrap {
        #[command(flatten)]
        new: New,
        #[command(flatten)]
        wrapping: Wrapping,
        /// The blob of the key that it was wrapped for
        #[arg(long, value_name = "FILE")]
        transport: PathBuf,
        /// File with the wrapped key
        #[arg(long = "in", value_name = "FILE")]
        input: PathBuf,
    },
    /// Show for whom keys may be wrapped, or set it as the officer
    Policy {
        /// The policy from now on
        #[arg(value_enum)]
        policy: Option<args::Policy>,
        /// A recipient that `approved` allows: an RSA public key in DER or PEM; can be repeated
        #[arg(long = "recipient", value_name = "FILE")]
        recipients: Vec<PathBuf>,
    },
    /// List the types of keys and what each can be made for
    ListTypes,
}

impl KeyAction {
    /// Where what comes of it goes.
    fn out(&self) -> Option<&Path> {
        match self {
            Self::Generate { new } | Self::Import { new, .. } | Self::Unwrap { new, .. } => Some(&new.out),
            Self::Public { out, .. } => out.as_deref(),
            Self::Use(purpose) => Some(purpose.out()),
            Self::Wrap { out, .. } => Some(out),
            Self::Policy { .. } | Self::ListTypes => None,
        }
    }
}

pub(super) async fn act(target: &Target, args: &KeyArgs) -> Result<String, Failure> {
    args.action.out().map(refuse_existing).transpose()?;
    let keyring = || {
        args.keyring
            .ok_or("say --keyring: the identifier that `casemate device keyring create` printed")
    };
    match &args.action {
        KeyAction::ListTypes => Ok(show::types(target)),
        KeyAction::Policy { policy, recipients } => govern(target, *policy, recipients).await,
        action => on_key(target, &*target.reach()?.hsm, keyring()?, action).await,
    }
}

async fn on_key(
    target: &Target,
    hsm: &dyn Hsm,
    keyring: KeyringId,
    action: &KeyAction,
) -> Result<String, Failure> {
    match action {
        KeyAction::Generate { new } => {
            interrupt::leaves(format!(
                "where {} is not there, no key was made, and the device gives the search up: do it again",
                new.out.display()
            ));
            let bar = Search::new(new.kind.0);
            let blob = hsm
                .generate_key(keyring, new.template()?, &|at| bar.show(at))
                .await;
            bar.clear();
            kept(target, hsm, keyring, new, &blob?).await
        }
        KeyAction::Import { new, input } => {
            let material = match new.kind {
                KeyKind(KeyType::Aes256 | KeyType::Hmac) => read(input)?,
                KeyKind(_) => der(input)?,
            };
            let blob = hsm.import_key(keyring, new.template()?, &material).await?;
            kept(target, hsm, keyring, new, &blob).await
        }
        KeyAction::Unwrap {
            new,
            wrapping,
            transport,
            input,
        } => {
            let (transport, wrapped) = (blob(transport)?, read(input)?);
            let scheme = wrapping.scheme()?;
            let blob = hsm.unwrap_key(keyring, new.template()?, &transport, scheme, &wrapped);
            kept(target, hsm, keyring, new, &blob.await?).await
        }
        KeyAction::Public { key, out } => {
            let description = hsm.describe_key(keyring, &blob(key)?).await?;
            if let Some(out) = out {
                let pem = pem::public_key(&description.public_key).ok_or("a secret key has no public key")?;
                write_new(out, pem.as_bytes())?;
            }
            Ok(show::key(target, &description))
        }
        KeyAction::Wrap {
            key,
            wrapping,
            recipient,
            out,
        } => {
            let recipient = wrapping.read_recipient(recipient)?;
            let recipient: Recipient<'_> = wrapping.recipient(&recipient)?;
            let wrapped = hsm.wrap_key(keyring, &blob(key)?, recipient).await?;
            write_new(out, &wrapped)?;
            Ok(show::written(target, out, wrapped.len()))
        }
        KeyAction::Use(purpose) => {
            let result = purpose.apply(hsm, keyring).await?;
            write_new(purpose.out(), &result)?;
            Ok(show::written(target, purpose.out(), result.len()))
        }
        KeyAction::Policy { .. } | KeyAction::ListTypes => Err("this needs no keyring".into()),
    }
}

/// Writes a new key's blob and shows what it says.
async fn kept(
    target: &Target,
    hsm: &dyn Hsm,
    keyring: KeyringId,
    new: &New,
    blob: &[u8],
) -> Result<String, Failure> {
    write_new(&new.out, blob)?;
    Ok(show::key(target, &hsm.describe_key(keyring, blob).await?))
}

async fn govern(
    target: &Target,
    policy: Option<args::Policy>,
    recipients: &[PathBuf],
) -> Result<String, Failure> {
    let opened = target.open()?;
    if let Some(policy) = policy {
        let fingerprints = policy.recipients(recipients)?;
        opened.verify_pin(target).await?;
        opened.hsm.set_export_policy(policy.into(), &fingerprints).await?;
    }
    Ok(show::policy(target, &opened.hsm.export_policy().await?))
}
