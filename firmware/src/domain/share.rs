use crate::channel::NoiseSuite;
use crate::crypto::{Aes256Gcm, Crypto, HmacSha256, Key256};
use casemate_common::domain::{Label, SHARE_LEN};
use casemate_common::error::ErrorCode;
use casemate_common::record::{NONCE_LEN, TAG_LEN};
use casemate_common::session::noise::{KeyPair, PublicKey, Secret};

/// Each key serves one share.
const NONCE: [u8; NONCE_LEN] = [0; NONCE_LEN];

/// The public keys of a share.
pub(super) struct Between {
    pub(super) giver: PublicKey,
    pub(super) taker: PublicKey,
    pub(super) ephemeral: PublicKey,
    pub(super) offer: PublicKey,
}

/// What a share seals: the secret and its tag.
pub(super) struct Sealed<'s> {
    body: &'s [u8; Key256::LEN],
    tag: &'s [u8; TAG_LEN],
}

impl Between {
    /// What stands in a share.
    pub(super) fn of_share(
        giver: PublicKey,
        taker: PublicKey,
        offer: PublicKey,
        share: &[u8],
    ) -> Result<(Self, Sealed<'_>), ErrorCode> {
        let share: &[u8; SHARE_LEN] = share.try_into().map_err(|_| ErrorCode::ShareInvalid)?;
        let split = share
            .split_first_chunk()
            .and_then(|(ephemeral, rest)| Some((ephemeral, rest.split_first_chunk()?)));
        let (ephemeral, (body, tag)) = split.ok_or(ErrorCode::ShareInvalid)?;
        let between = Self {
            giver,
            taker,
            ephemeral: PublicKey::new(*ephemeral),
            offer,
        };
        let tag = tag.try_into().map_err(|_| ErrorCode::ShareInvalid)?;
        Ok((between, Sealed { body, tag }))
    }
}

/// What two devices have agreed upon: the parts of `ikm`.
pub(super) struct Agreement([Option<Secret>; 3]);

impl Agreement {
    /// The giver's, for the domain's secret.
    pub(super) fn giving<C: Crypto>(
        ephemeral: &KeyPair,
        own: &KeyPair,
        between: &Between,
    ) -> Result<Self, ErrorCode> {
        Ok(Self([
            Some(agree::<C>(ephemeral, &between.offer)?),
            Some(agree::<C>(ephemeral, &between.taker)?),
            Some(agree::<C>(own, &between.offer)?),
        ]))
    }

    /// The taker's, for the domain's secret.
    pub(super) fn taking<C: Crypto>(
        offer: &KeyPair,
        own: &KeyPair,
        between: &Between,
    ) -> Result<Self, ErrorCode> {
        Ok(Self([
            Some(agree::<C>(offer, &between.ephemeral)?),
            Some(agree::<C>(own, &between.ephemeral)?),
            Some(agree::<C>(offer, &between.giver)?),
        ]))
    }

    /// Either's, for a keyring's key.
    pub(super) fn of_members<C: Crypto>(own: &KeyPair, theirs: &PublicKey) -> Result<Self, ErrorCode> {
        Ok(Self([Some(agree::<C>(own, theirs)?), None, None]))
    }

    /// HKDF-SHA-256 (RFC 5869), of which one block is enough.
    pub(super) fn key<C: Crypto>(self, salt: &Key256, label: &Label, between: &Between) -> ShareKey {
        let parts = self.0.each_ref().map(|part| match part {
            Some(secret) => secret.as_bytes().as_slice(),
            None => &[],
        });
        let pseudorandom = C::HmacSha256::new(salt).mac(&parts);
        let Between {
            giver,
            taker,
            ephemeral,
            offer,
        } = between;
        ShareKey(C::HmacSha256::new(&pseudorandom).mac(&[
            label.first(),
            giver.as_bytes(),
            taker.as_bytes(),
            ephemeral.as_bytes(),
            offer.as_bytes(),
            label.last(),
            &[1],
        ]))
    }
}

fn agree<C: Crypto>(own: &KeyPair, theirs: &PublicKey) -> Result<Secret, ErrorCode> {
    own.agree::<NoiseSuite<C>>(theirs).ok_or(ErrorCode::ShareInvalid)
}

/// The key of one share.
pub(super) struct ShareKey(Key256);

impl ShareKey {
    /// The share.
    pub(super) fn seal<C: Crypto>(
        &self,
        between: &Between,
        secret: &Key256,
    ) -> Result<[u8; SHARE_LEN], ErrorCode> {
        let mut body = secret.clone();
        let tag = <C::Aes256Gcm>::new(&self.0).seal(&NONCE, &[], body.as_mut_bytes())?;
        let parts = between
            .ephemeral
            .as_bytes()
            .iter()
            .chain(body.as_bytes())
            .chain(&tag);
        let mut share = [0; SHARE_LEN];
        share.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        Ok(share)
    }

    /// What was shared.
    pub(super) fn open<C: Crypto>(&self, sealed: Sealed<'_>) -> Result<Key256, ErrorCode> {
        let mut secret = Key256::new(*sealed.body);
        <C::Aes256Gcm>::new(&self.0)
            .open(&NONCE, &[], secret.as_mut_bytes(), sealed.tag)
            .map_err(|_| ErrorCode::ShareInvalid)?;
        Ok(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Software;
    use casemate_common::domain::vectors::SHARES;

    fn pair(private: [u8; 32]) -> KeyPair {
        KeyPair::new::<NoiseSuite<Software>>(Secret::new(private))
    }

    fn between() -> Between {
        Between {
            giver: *pair(SHARES.giver).public(),
            taker: *pair(SHARES.taker).public(),
            ephemeral: *pair(SHARES.ephemeral).public(),
            offer: *pair(SHARES.offer).public(),
        }
    }

    fn opened(key: &ShareKey, share: &[u8]) -> Result<[u8; 32], ErrorCode> {
        let names = between();
        let (_, sealed) = Between::of_share(names.giver, names.taker, names.offer, share)?;
        key.open::<Software>(sealed).map(|secret| *secret.as_bytes())
    }

    fn domain_key() -> ShareKey {
        let (offer, own) = (pair(SHARES.offer), pair(SHARES.taker));
        let taken = Agreement::taking::<Software>(&offer, &own, &between()).unwrap();
        taken.key::<Software>(&Key256::zero(), &Label::Domain, &between())
    }

    fn keyring_key() -> ShareKey {
        let taken = Agreement::of_members::<Software>(&pair(SHARES.offer), &between().ephemeral).unwrap();
        let label = Label::Keyring(SHARES.keyring);
        taken.key::<Software>(&Key256::new(SHARES.secret), &label, &between())
    }

    #[test]
    fn vectors_open() {
        assert_eq!(between().offer, SHARES.offered);
        assert_eq!(opened(&domain_key(), &SHARES.domain_share), Ok(SHARES.secret));
        assert_eq!(
            opened(&keyring_key(), &SHARES.keyring_share),
            Ok(SHARES.keyring_key)
        );
    }

    #[test]
    fn vectors_are_made_again() {
        let (ephemeral, own) = (pair(SHARES.ephemeral), pair(SHARES.giver));
        let given = Agreement::giving::<Software>(&ephemeral, &own, &between()).unwrap();
        let key = given.key::<Software>(&Key256::zero(), &Label::Domain, &between());
        let share = key.seal::<Software>(&between(), &Key256::new(SHARES.secret));
        assert_eq!(share, Ok(SHARES.domain_share));
        let share = keyring_key().seal::<Software>(&between(), &Key256::new(SHARES.keyring_key));
        assert_eq!(share, Ok(SHARES.keyring_share));
    }

    #[test]
    fn no_bit_of_what_is_sealed_can_be_flipped() {
        for bit in 256..8 * SHARE_LEN {
            let mut altered = SHARES.keyring_share;
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                opened(&keyring_key(), &altered),
                Err(ErrorCode::ShareInvalid),
                "bit {bit}"
            );
        }
        assert_eq!(
            opened(&domain_key(), &SHARES.keyring_share),
            Err(ErrorCode::ShareInvalid)
        );
        assert_eq!(
            opened(&keyring_key(), &SHARES.domain_share),
            Err(ErrorCode::ShareInvalid)
        );
        assert_eq!(
            opened(&keyring_key(), &SHARES.keyring_share[1..]),
            Err(ErrorCode::ShareInvalid)
        );
    }

    #[test]
    fn a_key_of_small_order_agrees_on_nothing() {
        let zero = PublicKey::new([0; 32]);
        let refused = Agreement::of_members::<Software>(&pair(SHARES.offer), &zero);
        assert_eq!(refused.err(), Some(ErrorCode::ShareInvalid));
    }
}
