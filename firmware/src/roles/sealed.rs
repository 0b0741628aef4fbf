use crate::crypto::{Aes256Gcm, Key256};
use crate::flash::{Kind, Log, NAME_LEN};
use casemate_common::error::ErrorCode;
use casemate_common::record::{NONCE_LEN, TAG_LEN};
use embedded_storage::nor_flash::NorFlash;
use zeroize::Zeroize;

/// Longest body that can be sealed: a list of recipients.
const MAX_BODY: usize = 514;
const MAX_SEALED: usize = NONCE_LEN + MAX_BODY + TAG_LEN;

/// Seals records of fixed length into the log. Their kind and name are authenticated, so that none passes for another.
pub(crate) struct Sealer<G>(G);

impl<G: Aes256Gcm> Sealer<G> {
    pub(crate) fn new(key: &Key256) -> Self {
        Self(G::new(key))
    }

    /// Stores the record, in place of one with the same kind and name.
    pub(crate) fn put<F: NorFlash, const N: usize, const LEN: usize>(
        &self,
        log: &mut Log<F, N>,
        (kind, name): (Kind, &[u8; NAME_LEN]),
        nonce: [u8; NONCE_LEN],
        mut body: [u8; LEN],
    ) -> Result<(), ErrorCode> {
        let tag = self.0.seal(&nonce, &associated(kind, name), &mut body)?;
        let mut sealed = heapless::Vec::<u8, MAX_SEALED>::new();
        [&nonce[..], &body, &tag]
            .into_iter()
            .try_for_each(|part| sealed.extend_from_slice(part))
            .map_err(|_| ErrorCode::TooLarge)?;
        Ok(log.put(kind, name, &sealed)?)
    }

    /// The body of a record; `None` when there is no such record.
    ///
    /// # Errors
    /// [`ErrorCode::FlashFailed`] when it is not what was sealed: a record that can't be read is never taken for one
    /// that is not there.
    pub(crate) fn read<F: NorFlash, const N: usize, const LEN: usize>(
        &self,
        log: &mut Log<F, N>,
        (kind, name): (Kind, &[u8; NAME_LEN]),
    ) -> Result<Option<[u8; LEN]>, ErrorCode> {
        let mut sealed = [0; MAX_SEALED];
        let Some(len) = log.read(kind, name, &mut sealed)? else {
            return Ok(None);
        };
        let parts = sealed.get(..len).and_then(|sealed| {
            let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>()?;
            let (body, tag) = rest.split_last_chunk::<TAG_LEN>()?;
            Some((nonce, <[u8; LEN]>::try_from(body).ok()?, tag))
        });
        let (nonce, mut body, tag) = parts.ok_or(ErrorCode::FlashFailed)?;
        if self
            .0
            .open(nonce, &associated(kind, name), &mut body, tag)
            .is_err()
        {
            body.zeroize();
            return Err(ErrorCode::FlashFailed);
        }
        Ok(Some(body))
    }
}

fn associated(kind: Kind, name: &[u8; NAME_LEN]) -> [u8; NAME_LEN + 1] {
    let mut bytes = [kind.number(); NAME_LEN + 1];
    bytes
        .iter_mut()
        .skip(1)
        .zip(name)
        .for_each(|(to, from)| *to = *from);
    bytes
}
