use super::sign::{hash_of, sign};
use crate::command::Request;
use crate::crypto::{Crypto, Hasher, HmacSha256, MacStream};
use crate::device::{Body, Slot, Stream, Vault, Work};
use crate::platform::Platform;
use casemate_common::blob::{KeyBlob, MAX_BLOB_LEN, Usage};
use casemate_common::command::SignatureScheme;
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;

/// Input of any length, of which only a hash is kept until its end has come.
#[expect(
    clippy::large_enum_variant,
    reason = "there is no heap to move the larger one to"
)]
pub(crate) enum Input<C: Crypto> {
    /// A message to sign.
    Message {
        hasher: Hasher<C>,
        scheme: SignatureScheme,
        blob: heapless::Vec<u8, MAX_BLOB_LEN>,
    },
    /// What a code is made over.
    Mac(<C::HmacSha256 as HmacSha256>::Stream),
}

// Not derived: the suite itself is never copied.
impl<C: Crypto> Clone for Input<C> {
    fn clone(&self) -> Self {
        match self {
            Self::Message { hasher, scheme, blob } => Self::Message {
                hasher: hasher.clone(),
                scheme: *scheme,
                blob: blob.clone(),
            },
            Self::Mac(code) => Self::Mac(code.clone()),
        }
    }
}

impl<C: Crypto> Input<C> {
    /// A message to sign with the key of this blob, once it is complete.
    ///
    /// # Errors
    /// [`ErrorCode::UsageForbidden`] when the blob says that it will not sign; whether it is authentic shows at the end.
    pub(crate) fn message(blob: &[u8], scheme: SignatureScheme) -> Result<Self, ErrorCode> {
        KeyBlob::parse(blob)?.attributes().template.permit(Usage::Sign)?;
        Ok(Self::Message {
            hasher: Hasher::new(hash_of(scheme)),
            scheme,
            blob: heapless::Vec::from_slice(blob).map_err(|_| ErrorCode::KeyInvalid)?,
        })
    }

    /// What a code under this key is made over, or under the one that follows from it by the labels.
    pub(crate) fn mac(key: &[u8], labels: &[&[u8]]) -> Self {
        let derived = labels.iter().fold(C::HmacSha256::keyed(key), |key, label| {
            C::HmacSha256::new(&key.mac(&[label]))
        });
        Self::Mac(derived.begin())
    }

    /// Takes more of it.
    pub(crate) fn update(&mut self, data: &[u8]) {
        match self {
            Self::Message { hasher, .. } => hasher.update(data),
            Self::Mac(code) => code.update(data),
        }
    }

    /// Does with all of it what it came for.
    pub(crate) fn finish<P: Platform<Crypto = C>>(
        self,
        vault: &mut Vault<P>,
        keyring: &KeyringId,
        answer: &mut Body<'_>,
    ) -> Result<(), ErrorCode> {
        match self {
            Self::Message { hasher, scheme, blob } => {
                sign(vault, keyring, &blob, scheme, &hasher.finish(), answer)
            }
            Self::Mac(code) => answer.append(code.finish().as_bytes()).map(|_| ()),
        }
    }
}

/// Takes the data of a request's first message, and finishes where it is the only one.
pub(crate) fn begin<P: Platform>(
    mut input: Input<P::Crypto>,
    keyring: KeyringId,
    (request, data): (&Request<'_>, &[u8]),
    vault: &mut Vault<P>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    input.update(data);
    if request.last {
        return input.finish(vault, &keyring, answer);
    }
    *vault.streams.free()? = Slot::Open(Stream {
        id: request.id,
        keyring,
        work: Work::Input(input),
    });
    Ok(())
}
