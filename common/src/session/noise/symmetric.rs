use super::suite::nonce;
use super::{Cipher, CipherError, Secret, Suite};
use crate::record::TAG_LEN;

/// Short enough to be the first hash as it is, padded with zeros.
const PROTOCOL_NAME: &[u8; 28] = b"Noise_XX_25519_AESGCM_SHA256";

/// Noise's `SymmetricState` (section 5.2) with the `CipherState` that belongs to it.
pub(super) struct Symmetric<S: Suite> {
    chaining: Secret,
    hash: [u8; 32],
    cipher: Option<S::Cipher>,
    counter: u64,
}

impl<S: Suite> Symmetric<S> {
    pub(super) fn new(prologue: &[u8]) -> Self {
        let mut hash = [0; 32];
        hash.iter_mut()
            .zip(PROTOCOL_NAME)
            .for_each(|(to, from)| *to = *from);
        let mut symmetric = Self {
            chaining: Secret::new(hash),
            hash,
            cipher: None,
            counter: 0,
        };
        symmetric.mix_hash(prologue);
        symmetric
    }

    pub(super) const fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    pub(super) fn mix_hash(&mut self, data: &[u8]) {
        self.hash = S::hash(&[&self.hash, data]);
    }

    pub(super) fn mix_key(&mut self, input: &Secret) {
        let [chaining, key] = self.derive(input.as_bytes());
        self.chaining = chaining;
        self.cipher = Some(S::Cipher::new(&key));
        self.counter = 0;
    }

    /// `EncryptAndHash`, in place; before there is a key there is no tag.
    pub(super) fn seal(&mut self, data: &mut [u8]) -> Result<Option<[u8; TAG_LEN]>, CipherError> {
        let Some(cipher) = &self.cipher else {
            self.mix_hash(data);
            return Ok(None);
        };
        let tag = cipher.seal(&nonce(self.counter), &self.hash, data)?;
        self.counter = self.counter.saturating_add(1);
        self.hash = S::hash(&[&self.hash, data, &tag]);
        Ok(Some(tag))
    }

    /// `DecryptAndHash`, in place; gives the plaintext.
    pub(super) fn open<'m>(&mut self, message: &'m mut [u8]) -> Result<&'m mut [u8], CipherError> {
        let Some(cipher) = &self.cipher else {
            self.mix_hash(message);
            return Ok(message);
        };
        let hash = S::hash(&[&self.hash, message]);
        let (data, tag) = message.split_last_chunk_mut::<TAG_LEN>().ok_or(CipherError)?;
        cipher.open(&nonce(self.counter), &self.hash, data, tag)?;
        self.counter = self.counter.saturating_add(1);
        self.hash = hash;
        Ok(data)
    }

    /// The keys of the initiator's and the responder's messages.
    pub(super) fn split(&self) -> [Secret; 2] {
        self.derive(&[])
    }

    /// `HKDF` with two outputs (section 4.3).
    fn derive(&self, input: &[u8]) -> [Secret; 2] {
        let temporary = S::hmac(&self.chaining, &[input]);
        let first = S::hmac(&temporary, &[&[1]]);
        let second = S::hmac(&temporary, &[first.as_bytes(), &[2]]);
        [first, second]
    }
}
