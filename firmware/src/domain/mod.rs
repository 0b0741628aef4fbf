//! The security domain that the device shares with others, as [`casemate_common::domain`] specifies.
//!
//! The secret is a sealed record in the flash log; there is none until the device shares it for the first time or takes
//! another's. *What this trusts:* the officer, for whom the secret goes to and comes from.

mod share;

use crate::channel::NoiseSuite;
use crate::crypto::{Aes256Gcm, Crypto, HmacSha256, Key256};
use crate::device::Vault;
use crate::flash::{Kind, Log, NAME_LEN};
use crate::platform::Platform;
use crate::roles::Sealer;
use casemate_common::audit::Subject;
use casemate_common::domain::{DomainId, Label, SHARE_LEN};
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;
use casemate_common::session::noise::{KeyPair, PublicKey, Secret, Suite};
use embedded_storage::nor_flash::NorFlash;
use share::{Agreement, Between};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// There is one.
const NAME: &[u8; NAME_LEN] = b"security domain ";

/// The domain that the device is in, and what it has offered to take.
pub(crate) struct Domain {
    secret: Option<Key256>,
    offer: Option<KeyPair>,
}

impl Domain {
    /// Reads it from the log.
    pub(crate) fn load<G: Aes256Gcm, F: NorFlash, const N: usize>(
        sealer: &Sealer<G>,
        log: &mut Log<F, N>,
    ) -> Result<Self, ErrorCode> {
        let secret = sealer.read::<F, N, { Key256::LEN }>(log, (Kind::DOMAIN, NAME))?;
        let secret = secret.map(Zeroizing::new);
        Ok(Self {
            secret: secret.map(|secret| Key256::new(*secret)),
            offer: None,
        })
    }

    /// Which it is in.
    pub(crate) fn id<C: Crypto>(&self) -> Option<DomainId> {
        let secret = self.secret.as_ref()?;
        let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            *C::HmacSha256::new(secret).mac(&[DomainId::LABEL]).as_bytes();
        Some(DomainId::new(id))
    }

    /// Forgets the offer: nothing that was shared for it can be taken any more.
    pub(crate) fn withdraw(&mut self) {
        self.offer = None;
    }

    /// Whether it is in one.
    pub(crate) const fn is_joined(&self) -> bool {
        self.secret.is_some()
    }

    /// What was offered, for the one share that it serves.
    fn claim(&mut self) -> Result<KeyPair, ErrorCode> {
        // Not taken out of its place, which would leave its bytes there: a copy is wiped with the stack.
        let offer = self.offer.clone().ok_or(ErrorCode::NoOffer)?;
        self.withdraw();
        Ok(offer)
    }

    /// Forgets everything: it is no longer in the log.
    pub(crate) fn forget(&mut self) {
        self.withdraw();
        self.secret = None;
    }
}

/// How the audit log names another device: the start of its key's hash.
pub(crate) fn subject<C: Crypto>(peer: &PublicKey) -> Subject {
    let hash = NoiseSuite::<C>::hash(&[peer.as_bytes()]);
    hash.first_chunk().copied().unwrap_or_default()
}

/// Offers to take one share.
pub(crate) fn offer<P: Platform>(vault: &mut Vault<P>) -> Result<PublicKey, ErrorCode> {
    let fresh = fresh(vault)?;
    let offer = *fresh.public();
    vault.domain.offer = Some(fresh);
    Ok(offer)
}

/// The domain's secret for another device; makes one where there is none.
pub(crate) fn give_domain<P: Platform>(
    vault: &mut Vault<P>,
    taker: PublicKey,
    offer: PublicKey,
) -> Result<[u8; SHARE_LEN], ErrorCode> {
    let (ephemeral, between) = giving(vault, taker, offer)?;
    // Before anything changes: a key that is none makes no domain.
    let agreement = Agreement::giving::<P::Crypto>(&ephemeral, &vault.identity.channel, &between)?;
    let secret = match vault.domain.secret.clone() {
        Some(secret) => secret,
        None => {
            let secret = vault.rng.key()?;
            enter(vault, secret.clone())?;
            secret
        }
    };
    agreement
        .key::<P::Crypto>(&Key256::zero(), &Label::Domain, &between)
        .seal::<P::Crypto>(&between, &secret)
}

/// Joins the domain of another device.
pub(crate) fn take_domain<P: Platform>(
    vault: &mut Vault<P>,
    giver: PublicKey,
    share: &[u8],
) -> Result<DomainId, ErrorCode> {
    let offer = vault.domain.claim()?;
    let own = &vault.identity.channel;
    let (between, sealed) = Between::of_share(giver, *own.public(), *offer.public(), share)?;
    let agreement = Agreement::taking::<P::Crypto>(&offer, own, &between)?;
    let secret = agreement
        .key::<P::Crypto>(&Key256::zero(), &Label::Domain, &between)
        .open::<P::Crypto>(sealed)?;
    match &vault.domain.secret {
        None => enter(vault, secret)?,
        Some(held) if bool::from(held.as_bytes().ct_eq(secret.as_bytes())) => {}
        Some(_) => return Err(ErrorCode::OtherDomain),
    }
    vault.domain.id::<P::Crypto>().ok_or(ErrorCode::NotInDomain)
}

/// A keyring's key for another device of the domain.
pub(crate) fn give_keyring<P: Platform>(
    vault: &mut Vault<P>,
    id: KeyringId,
    taker: PublicKey,
    offer: PublicKey,
) -> Result<[u8; SHARE_LEN], ErrorCode> {
    let (ephemeral, between) = giving(vault, taker, offer)?;
    let secret = vault.domain.secret.as_ref().ok_or(ErrorCode::NotInDomain)?;
    let key = Agreement::of_members::<P::Crypto>(&ephemeral, &offer)?.key::<P::Crypto>(
        secret,
        &Label::Keyring(id),
        &between,
    );
    key.seal::<P::Crypto>(&between, &vault.keyrings.copy(&id)?)
}

/// Takes a keyring from another device of the domain; false when it is there already.
pub(crate) fn take_keyring<P: Platform>(
    vault: &mut Vault<P>,
    id: KeyringId,
    giver: PublicKey,
    share: &[u8],
) -> Result<bool, ErrorCode> {
    let offer = vault.domain.claim()?;
    let taker = *vault.identity.channel.public();
    let (between, sealed) = Between::of_share(giver, taker, *offer.public(), share)?;
    let secret = vault.domain.secret.as_ref().ok_or(ErrorCode::NotInDomain)?;
    let key = Agreement::of_members::<P::Crypto>(&offer, &between.ephemeral)?
        .key::<P::Crypto>(secret, &Label::Keyring(id), &between)
        .open::<P::Crypto>(sealed)?;
    vault.keyrings.take(&id, &key, vault.rng.array()?)
}

/// A fresh key for a share of this device's, and the keys that the share is between.
fn giving<P: Platform>(
    vault: &mut Vault<P>,
    taker: PublicKey,
    offer: PublicKey,
) -> Result<(KeyPair, Between), ErrorCode> {
    let ephemeral = fresh(vault)?;
    let between = Between {
        giver: *vault.identity.channel.public(),
        taker,
        ephemeral: *ephemeral.public(),
        offer,
    };
    Ok((ephemeral, between))
}

/// Is in the domain with this secret from now on, durably.
fn enter<P: Platform>(vault: &mut Vault<P>, secret: Key256) -> Result<(), ErrorCode> {
    let nonce = vault.rng.array()?;
    let log = vault.keyrings.log();
    vault
        .sealer
        .put(log, (Kind::DOMAIN, NAME), nonce, *secret.as_bytes())?;
    vault.domain.secret = Some(secret);
    Ok(())
}

fn fresh<P: Platform>(vault: &mut Vault<P>) -> Result<KeyPair, ErrorCode> {
    let private = Secret::new(vault.rng.array()?);
    Ok(KeyPair::new::<NoiseSuite<P::Crypto>>(private))
}
