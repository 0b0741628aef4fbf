//! Keys: opened from their blobs for one operation, and wiped after it.
//!
//! *What this trusts:* that a blob that authenticates was made by this device, with attributes that it has checked
//! then. *What it does not:* which key the host names for which operation: usages are enforced here.

mod blob;
mod input;
mod job;
mod material;
mod policy;
mod sign;
mod wrap;

pub(crate) use blob::Blob;
pub(crate) use input::{Input, begin};
pub(crate) use job::{Job, work};
pub(crate) use material::{Family, Material};
pub(crate) use policy::{Exports, For, fingerprint};
pub(crate) use sign::{hash_of, sign};
pub(crate) use wrap::{decipher, unwrap, wrap_kwp, wrap_oaep, wrap_rsa_aes};

use crate::device::Vault;
use crate::platform::Platform;
use casemate_common::blob::{Attributes, Head, KeyBlob, KeyId, Origin, Template, Usage};
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;
use material::{Spki, spki};

/// A key in use.
pub(crate) struct Key {
    /// What its blob says of it, authenticated.
    pub(crate) attributes: Attributes,
    pub(crate) material: Material,
}

/// Opens a blob.
///
/// # Errors
/// [`ErrorCode::KeyInvalid`] or [`ErrorCode::KeyVersion`] when it is not what this device sealed under this keyring.
pub(crate) fn open<P: Platform>(
    vault: &mut Vault<P>,
    keyring: &KeyringId,
    blob: &[u8],
) -> Result<Key, ErrorCode> {
    let blob = KeyBlob::parse(blob)?;
    vault.reaches(blob.attributes().template.key_type());
    vault.require_tested(blob.attributes().template.key_type())?;
    let ready = vault.keyrings.key(keyring)?;
    let private = blob::open::<P::Crypto>((keyring, ready), &blob)?;
    let attributes = *blob.attributes();
    vault.audit.note(attributes.id.as_bytes());
    Ok(Key {
        attributes,
        material: Material::trusted(attributes.template.key_type(), blob.public, &private)?,
    })
}

/// Opens a blob to use its key for this.
///
/// # Errors
/// As [`open`], and [`ErrorCode::UsageForbidden`] when the key was not made for it.
pub(crate) fn open_for<P: Platform>(
    vault: &mut Vault<P>,
    keyring: &KeyringId,
    blob: &[u8],
    usage: Usage,
) -> Result<Material, ErrorCode> {
    let key = open(vault, keyring, blob)?;
    key.attributes.template.permit(usage)?;
    Ok(key.material)
}

/// Checks a blob, and tells what it says and its public key.
///
/// # Errors
/// As [`open`].
pub(crate) fn describe<P: Platform>(
    vault: &mut Vault<P>,
    keyring: &KeyringId,
    blob: &[u8],
) -> Result<(Attributes, Spki), ErrorCode> {
    let attributes = open(vault, keyring, blob)?.attributes;
    let public = KeyBlob::parse(blob)?.public;
    Ok((attributes, spki(attributes.template.key_type(), public)?))
}

/// Draws the name of a new key.
///
/// # Errors
/// What keeps the generator from working.
pub(crate) fn new_id<P: Platform>(vault: &mut Vault<P>) -> Result<KeyId, ErrorCode> {
    let id = KeyId::new(vault.rng.array()?);
    vault.audit.note(id.as_bytes());
    Ok(id)
}

/// Makes the blob of a key that has just come into being here, or come in.
///
/// # Errors
/// [`ErrorCode::KeyringNotFound`], or what keeps the generator from working.
pub(crate) fn seal<P: Platform>(
    vault: &mut Vault<P>,
    keyring: &KeyringId,
    attributes: Attributes,
    material: &Material,
) -> Result<Blob, ErrorCode> {
    let head = Head::v1(&vault.rng.array()?, attributes);
    let ready = vault.keyrings.key(keyring)?;
    let public = material.public::<P::Crypto>()?;
    blob::seal::<P::Crypto>((keyring, ready), &head, &public, &material.private()?)
}

/// Makes the blob of a key that has come in.
///
/// # Errors
/// As [`seal`].
pub(crate) fn seal_imported<P: Platform>(
    vault: &mut Vault<P>,
    keyring: &KeyringId,
    template: Template,
    material: &Material,
) -> Result<Blob, ErrorCode> {
    let attributes = Attributes {
        id: new_id(vault)?,
        origin: Origin::Imported,
        template,
    };
    seal(vault, keyring, attributes, material)
}
