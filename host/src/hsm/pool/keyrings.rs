//! Keyrings of a pool: made on one device and taken by the others, destroyed on all.

use super::ledger::{DeviceId, Ledger};
use super::search::Search;
use super::{Inner, Member};
use crate::hsm::{ErrorKind, Hsm, HsmError};
use casemate_common::keyring::KeyringId;
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use tracing::warn;

impl Inner {
    /// Makes a keyring on one device, and brings it to all others that serve; true when none had it. Where one of them has
    /// no room for it, it is made on none.
    pub(super) async fn create(&self, id: KeyringId) -> Result<bool, HsmError> {
        let mut search = Search::new(self, None);
        loop {
            // Before the lock: who waits for a device must not keep it from coming in.
            let (at, member) = search.next().await?;
            let mut ledger = self.ledger.lock().await;
            if let Some(holder) = self.holder(id) {
                self.spread(id, &holder).await?;
                return ledger.made(id).map(|()| false).map_err(|error| unwritten(&error));
            }
            match make(&mut ledger, member, id).await {
                Ok(()) => {
                    if let Err(full) = self.spread(id, member).await {
                        self.destroy_all(&mut ledger, id).await?;
                        return Err(full);
                    }
                    return ledger.made(id).map(|()| true).map_err(|error| unwritten(&error));
                }
                Err(full) if full.kind() == ErrorKind::Full => {
                    ledger.made(id).map_err(|error| unwritten(&error))?;
                    return Err(full);
                }
                Err(error) => {
                    // It may have made it: it comes back without.
                    self.doubt(member, &error);
                    drop(ledger);
                    search.failed((at, member), error)?;
                }
            }
        }
    }

    /// All keyrings of the devices that serve.
    pub(super) async fn list(&self) -> Result<Vec<KeyringId>, HsmError> {
        let mut search = Search::new(self, None);
        loop {
            let (at, member) = search.next().await?;
            match self.list_all().await {
                Ok(all) => return Ok(all),
                Err(error) => search.failed((at, member), error)?,
            }
        }
    }

    async fn list_all(&self) -> Result<Vec<KeyringId>, HsmError> {
        let mut all = BTreeSet::new();
        for member in self.serving() {
            all.extend(member.hsm.list_keyrings().await?);
        }
        Ok(all.into_iter().collect())
    }

    /// Destroys a keyring on every device that serves, and sees to it that the others do before they serve; true when
    /// one of them had it.
    pub(super) async fn destroy(&self, id: KeyringId) -> Result<bool, HsmError> {
        Search::new(self, None).next().await?;
        let mut ledger = self.ledger.lock().await;
        if self.waits_for_others(&ledger, id) {
            return Ok(false);
        }
        self.destroy_all(&mut ledger, id).await
    }

    /// Whether all that serve have destroyed a keyring already, and only others still have to.
    fn waits_for_others(&self, ledger: &Ledger, id: KeyringId) -> bool {
        if self.holder(id).is_some() {
            return false;
        }
        let mut left = ledger.holds_out(id).peekable();
        let serving: Vec<_> = self.serving().filter_map(|member| member.serving()).collect();
        left.peek().is_some() && !left.any(|device| serving.iter().any(|member| member.id == *device))
    }

    async fn destroy_all(&self, ledger: &mut Ledger, id: KeyringId) -> Result<bool, HsmError> {
        ledger.doom(id).map_err(|error| unwritten(&error))?;
        let (mut existed, mut done) = (false, Vec::<DeviceId>::new());
        for member in self.serving() {
            let Some(serving) = member.serving() else { continue };
            member.lost(id);
            match member.hsm.destroy_keyring(id).await {
                Ok(had) => {
                    existed |= had;
                    done.push(serving.id);
                }
                Err(error) => {
                    warn!(device = %member.address, %error, "a keyring is to be destroyed there when the device answers");
                    self.doubt(member, &error);
                }
            }
        }
        ledger.destroyed(id, &done).map_err(|error| unwritten(&error))?;
        if done.is_empty() {
            let why = "no device of the pool has answered that the keyring is destroyed";
            return Err(HsmError::new(ErrorKind::Transient, why));
        }
        Ok(existed)
    }

    /// Whether no device still has to make or destroy a keyring.
    pub(super) async fn everywhere(&self, id: KeyringId) -> Result<(), HsmError> {
        let ledger = self.ledger.lock().await;
        let waiting = |why: String| Err(HsmError::new(ErrorKind::Transient, why));
        if let Some(device) = ledger.holds_out(id).next() {
            return waiting(format!("the device {device} has not destroyed the keyring yet"));
        }
        let holders = self.members.iter().filter(|member| member.takes(Some(id)));
        let holders = holders.count();
        if holders == 0 || holders == self.members.len() {
            return Ok(());
        }
        waiting(format!(
            "not every device has the keyring: {}",
            self.absences().join("; ")
        ))
    }

    /// Brings a keyring from a device that holds it to all others that serve. One that does not take it serves no more
    /// until it has it; [`ErrorKind::Full`] where one has no room.
    async fn spread(&self, id: KeyringId, holder: &Arc<Member>) -> Result<(), HsmError> {
        for member in self.serving().filter(|member| !member.takes(Some(id))) {
            match carry(id, holder, member).await {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Full => return Err(error),
                Err(error) => {
                    warn!(device = %member.address, %error, "a device has to wait for a keyring");
                    self.doubt(member, &error);
                }
            }
        }
        Ok(())
    }

    pub(super) fn serving(&self) -> impl Iterator<Item = &Arc<Member>> {
        self.members.iter().filter(|member| member.takes(None))
    }

    fn holder(&self, id: KeyringId) -> Option<Arc<Member>> {
        self.members.iter().find(|member| member.takes(Some(id))).cloned()
    }
}

/// Makes a keyring on a device that none has. Where it was being made on another one and nobody knows what came of it,
/// that one destroys it.
async fn make(ledger: &mut Ledger, member: &Arc<Member>, id: KeyringId) -> Result<(), HsmError> {
    let Some(serving) = member.serving() else {
        return Err(HsmError::new(ErrorKind::Transient, "the device went away"));
    };
    ledger.make(id, &serving.id).map_err(|error| unwritten(&error))?;
    member.hsm.create_keyring(id).await?;
    member.has(id);
    Ok(())
}

/// Brings a keyring from one device to another; the caller holds the ledger, so that no offer crosses another.
pub(super) async fn carry(id: KeyringId, giver: &Member, taker: &Member) -> Result<(), HsmError> {
    let parties = giver.identity().zip(taker.identity());
    let (from, to) = parties.ok_or_else(|| HsmError::new(ErrorKind::Transient, "the device went away"))?;
    let offer = taker.hsm.offer().await?;
    let share = giver.hsm.share_keyring(id, to, offer).await?;
    taker.hsm.take_keyring(id, from, &share).await?;
    taker.has(id);
    Ok(())
}

/// The notes can't be kept: nothing may be done that would have to be noted.
pub(super) fn unwritten(error: &io::Error) -> HsmError {
    HsmError::new(
        ErrorKind::Transient,
        format!("can't note what devices have to do: {error}"),
    )
}
