//! Keys on a token, where PKCS#11 can: the trait's blobs are keys that the token wraps with C_WrapKey and unwraps for each
//! operation with C_UnwrapKey, into an object of the session that goes with it; nothing is kept but the keyring.
//!
//! A keyring has a second token key for that, its *wrapper*, made when its first key is: a key that could both wrap and
//! decrypt data would give every wrapped key away. What may be done with a key stands in its [`blob`], authenticated
//! together with the wrapped key by the keyring's other key, which is the token's too; the session object is made with
//! just the one usage that the operation needs, so that the token enforces it as well.
//!
//! *What this trusts:* the token, and this host to hold the PIN: unlike a device, a token asks nobody's role, and who has
//! the PIN may use it past these rules.
//!
//! *What a token can't do*, in [`HsmInfo::missing`](crate::hsm::HsmInfo::missing) by name: attest keys, log, and hold an
//! export policy, so that a distributable key may be wrapped for any recipient. RSA-AES key wrap is made of its two steps
//! in the token. A key for HMAC is kept as HMAC-SHA-256 uses it, with 32 to 64 bytes, and leaves so.
//! CKM_AES_KEY_WRAP_PAD (0x210A) is what wraps; the other number of RFC 5649, CKM_AES_KEY_WRAP_KWP (0x210B), has no name in
//! `cryptoki` 0.12 and can't be given it without unsafe code, so a token with that alone has no keys here.

mod blob;
mod make;
mod mechanism;
mod opened;
mod public;
mod secret;
mod temporary;
mod usage;

pub(crate) use blob::is_blob;
pub(crate) use mechanism::oaep;
pub(crate) use public::parameters as curve_parameters;

use super::worker::Worker;
use super::{Fault, Pkcs11Hsm, at_most};
use crate::hsm::{Description, HsmError, Keys, Progress, ToSign};
use async_trait::async_trait;
use casemate_common::blob::{Origin, Template};
use casemate_common::command::{MAX_ENCRYPTED, OaepHash, Recipient, SignatureScheme, WrapScheme};
use casemate_common::keyring::KeyringId;
use casemate_common::limits::MAX_CONTEXT;
use mechanism::digest;
use opened::Opened;
use ring::hmac;
use usage::{Target, UseOf};
use zeroize::Zeroizing;

#[async_trait]
impl Keys for Pkcs11Hsm {
    async fn generate_key(
        &self,
        keyring: KeyringId,
        template: Template,
        _progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Vec<u8>, HsmError> {
        self.on_keys("generate_key", move |worker| {
            make::keep(worker, keyring, (Origin::Generated, template), &|session, _| {
                make::generate(session, template.key_type())
            })
        })
        .await
    }

    async fn import_key(
        &self,
        keyring: KeyringId,
        template: Template,
        material: &[u8],
    ) -> Result<Vec<u8>, HsmError> {
        make::check_material(template.key_type(), material)?;
        let material = Zeroizing::new(material.to_vec());
        self.on_keys("import_key", move |worker| {
            make::keep(worker, keyring, (Origin::Imported, template), &|session, _| {
                make::import(session, template.key_type(), &material)
            })
        })
        .await
    }

    async fn describe_key(&self, keyring: KeyringId, blob: &[u8]) -> Result<Description, HsmError> {
        let blob = blob.to_vec();
        self.on_keys("describe_key", move |worker| {
            worker.with_objects(|session, connection| {
                let opened = Opened::check(session, connection, keyring, &blob)?;
                Ok(Description {
                    attributes: opened.attributes,
                    public_key: opened.public_key.to_vec(),
                })
            })
        })
        .await
    }

    async fn sign(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        scheme: SignatureScheme,
        input: ToSign<'_>,
    ) -> Result<Vec<u8>, HsmError> {
        let digest = digest(scheme.hash(), input)?;
        let key = UseOf::new(keyring, blob);
        self.on_keys("sign", move |worker| key.sign(worker, scheme, &digest))
            .await
    }

    async fn decipher(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        hash: OaepHash,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let (key, ciphertext) = (UseOf::new(keyring, blob), ciphertext.to_vec());
        self.on_keys("decipher", move |worker| key.decipher(worker, hash, &ciphertext))
            .await
    }

    async fn encrypt(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        associated: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, HsmError> {
        at_most(associated.len(), MAX_CONTEXT, "bytes of associated data")?;
        at_most(plaintext.len(), MAX_ENCRYPTED, "bytes of plaintext")?;
        let key = UseOf::new(keyring, blob);
        let (associated, plaintext) = (associated.to_vec(), Zeroizing::new(plaintext.to_vec()));
        self.on_keys("encrypt", move |worker| {
            key.encrypt(worker, &associated, &plaintext)
        })
        .await
    }

    async fn decrypt(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        at_most(associated.len(), MAX_CONTEXT, "bytes of associated data")?;
        let key = UseOf::new(keyring, blob);
        let (associated, sealed) = (associated.to_vec(), sealed.to_vec());
        self.on_keys("decrypt", move |worker| key.decrypt(worker, &associated, &sealed))
            .await
    }

    async fn mac(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        labels: &[&[u8]],
        message: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let key = UseOf::new(keyring, blob);
        // A token has no way to use a code as a key without giving it to us first: those that follow are made here.
        let mut steps = labels.iter().chain([&message]);
        let first = Zeroizing::new(steps.next().map_or_else(Vec::new, |step| step.to_vec()));
        let code = self.on_keys("mac", move |worker| key.mac(worker, &first)).await?;
        Ok(steps.fold(code, |code, step| {
            let code = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &code), step);
            Zeroizing::new(code.as_ref().to_vec())
        }))
    }

    async fn wrap_key(
        &self,
        keyring: KeyringId,
        blob: &[u8],
        recipient: Recipient<'_>,
    ) -> Result<Vec<u8>, HsmError> {
        let (key, target) = (UseOf::new(keyring, blob), Target::from(recipient));
        self.on_keys("wrap_key", move |worker| key.wrap(worker, &target))
            .await
    }

    async fn unwrap_key(
        &self,
        keyring: KeyringId,
        template: Template,
        transport: &[u8],
        scheme: WrapScheme,
        wrapped: &[u8],
    ) -> Result<Vec<u8>, HsmError> {
        let (transport, wrapped) = (UseOf::new(keyring, transport), wrapped.to_vec());
        self.on_keys("unwrap_key", move |worker| {
            make::keep(
                worker,
                keyring,
                (Origin::Imported, template),
                &|session, connection| {
                    transport.unwrap(session, connection, (scheme, &wrapped), template.key_type())
                },
            )
        })
        .await
    }
}

impl Pkcs11Hsm {
    async fn on_keys<T: Send + 'static>(
        &self,
        name: &'static str,
        operation: impl FnMut(&mut Worker) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, HsmError> {
        self.offers(name)?;
        self.run(self.patience(), operation).await
    }
}
