//! The security domain: what devices share with each other, through this host, which learns nothing of it.

use super::{DeviceHsm, answer, unreadable};
use crate::hsm::HsmError;
use casemate_common::command::{
    DomainJoin, DomainJoined, DomainShare, KeyringShare, KeyringTake, KeyringTaken, ShareOffer, ShareOffered,
};
use casemate_common::domain::{DomainId, SHARE_LEN};
use casemate_common::keyring::KeyringId;
use casemate_common::session::noise::PublicKey;

/// A secret on its way, that only the device it was made for can open, and only while its offer stands.
pub struct Share([u8; SHARE_LEN]);

impl Share {
    fn parse(bytes: &[u8]) -> Result<Self, HsmError> {
        bytes.try_into().map(Self).map_err(|_| unreadable())
    }
}

impl DeviceHsm {
    /// Has the device offer to take one share.
    ///
    /// # Errors
    /// The device's.
    pub async fn offer(&self) -> Result<PublicKey, HsmError> {
        let bytes = self.ask(&ShareOffer {}, 64).await?;
        Ok(answer::<ShareOffered>(&bytes)?.0.offer)
    }

    /// The secret of the device's security domain for another device, which has made this offer; a domain is made
    /// where there is none. Takes the officer PIN.
    ///
    /// # Errors
    /// The device's.
    pub async fn share_domain(&self, taker: PublicKey, offer: PublicKey) -> Result<Share, HsmError> {
        Share::parse(&self.ask(&DomainShare { taker, offer }, SHARE_LEN).await?)
    }

    /// Joins the security domain of the device that has made this share. Takes the officer PIN.
    ///
    /// # Errors
    /// The device's; also when it is in another domain.
    pub async fn join_domain(&self, giver: PublicKey, share: &Share) -> Result<DomainId, HsmError> {
        let share = &share.0;
        let bytes = self.ask(&DomainJoin { giver, share }, 32).await?;
        Ok(answer::<DomainJoined>(&bytes)?.0.domain)
    }

    /// A keyring for another device of the security domain, which has made this offer.
    ///
    /// # Errors
    /// The device's.
    pub async fn share_keyring(
        &self,
        id: KeyringId,
        taker: PublicKey,
        offer: PublicKey,
    ) -> Result<Share, HsmError> {
        Share::parse(&self.ask(&KeyringShare { id, taker, offer }, SHARE_LEN).await?)
    }

    /// Takes a keyring from another device of the security domain, durably; true when it did not exist before.
    ///
    /// # Errors
    /// The device's; also when it has a keyring of this identifier with another key.
    pub async fn take_keyring(
        &self,
        id: KeyringId,
        giver: PublicKey,
        share: &Share,
    ) -> Result<bool, HsmError> {
        let share = &share.0;
        let bytes = self.ask(&KeyringTake { id, giver, share }, 8).await?;
        Ok(answer::<KeyringTaken>(&bytes)?.0.created)
    }
}
