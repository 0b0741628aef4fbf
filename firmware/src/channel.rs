//! The cryptography of the secure channel: [`casemate_common::session::noise`] with this crate's algorithms. The host
//! uses it too, so that there is one implementation of either side.

use crate::crypto::{Aes256Gcm, Crypto, Hash, HmacSha256, Key256, X25519};
use casemate_common::record::{NONCE_LEN, TAG_LEN};
use casemate_common::session::noise::{Cipher, CipherError, PublicKey, Secret, Suite};
use core::marker::PhantomData;

/// The suite of a board's algorithms.
pub struct NoiseSuite<C>(PhantomData<C>);

impl<C: Crypto> Suite for NoiseSuite<C> {
    type Cipher = FrameCipher<C::Aes256Gcm>;

    fn hash(parts: &[&[u8]]) -> [u8; 32] {
        let mut hash = C::Sha256::default();
        parts.iter().for_each(|part| hash.update(part));
        hash.finish()
    }

    fn hmac(key: &Secret, parts: &[&[u8]]) -> Secret {
        let mac = C::HmacSha256::new(&Key256::new(*key.as_bytes()));
        Secret::new(*mac.mac(parts).as_bytes())
    }

    fn public_key(private: &Secret) -> PublicKey {
        PublicKey::new(C::X25519::public(&Key256::new(*private.as_bytes())))
    }

    fn agree(private: &Secret, public: &PublicKey) -> Option<Secret> {
        let shared = C::X25519::agree(&Key256::new(*private.as_bytes()), public.as_bytes())?;
        Some(Secret::new(*shared.as_bytes()))
    }
}

/// One key's AES-256-GCM.
pub struct FrameCipher<G>(G);

impl<G: Aes256Gcm> Cipher for FrameCipher<G> {
    fn new(key: &Secret) -> Self {
        Self(G::new(&Key256::new(*key.as_bytes())))
    }

    fn seal(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        data: &mut [u8],
    ) -> Result<[u8; TAG_LEN], CipherError> {
        self.0.seal(nonce, associated, data).map_err(|_| CipherError)
    }

    fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        data: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), CipherError> {
        self.0.open(nonce, associated, data, tag).map_err(|_| CipherError)
    }
}
