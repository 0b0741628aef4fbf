//! Keyrings of a pool: made on one device and taken by the others, destroyed on all.

use super::ledger::{DeviceId, Ledger};
use super::search::Search;
use super::{Inner, Member};
use crate::hsm::{ErrorKind, Hsm, HsmError};
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use tracing::{info, warn};

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
                return self.spread(&mut ledger, id, &holder).await.map(|()| false);
            }
            refuse_second(&ledger, id)?;
            match make(&mut ledger, member, id).await {
                Ok(()) => return self.hand_out(&mut ledger, id, member).await.map(|()| true),
                Err(full) if full.kind() == ErrorKind::Full => {
                    ledger.not_made(id).map_err(|error| unwritten(&error))?;
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

    /// Brings a keyring that was just made to all others that serve; where one of them has no room for it, it goes again.
    async fn hand_out(
        &self,
        ledger: &mut Ledger,
        id: KeyringId,
        maker: &Arc<Member>,
    ) -> Result<(), HsmError> {
        let handed_out = self.spread(ledger, id, maker).await;
        if let Err(full) = &handed_out
            && full.kind() == ErrorKind::Full
        {
            self.destroy_all(ledger, id).await?;
        }
        handed_out
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
        left.peek().is_some() && !left.any(|device| serving.iter().any(|member| member.id == device))
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
            return waiting(format!(
                "the device {device} has not destroyed the keyring yet; if it is gone for good, say so with casemate \
                 device forget {device}"
            ));
        }
        if ledger.devices().count() < self.members.len() {
            return waiting(format!(
                "of a device that has never served here nobody knows what it holds: {}",
                self.absences().join("; ")
            ));
        }
        let holders = self.members.iter().filter(|member| member.takes(Some(id)));
        let holders = holders.count();
        let is_gone = holders == 0 && ledger.holders(id).next().is_none();
        if is_gone || holders == self.members.len() {
            return Ok(());
        }
        waiting(format!(
            "not every device has the keyring: {}",
            self.absences().join("; ")
        ))
    }

    /// Brings a keyring from a device that holds it to all others that serve. One that does not take it serves no more
    /// until it has it; [`ErrorKind::Full`] where one has no room.
    async fn spread(&self, ledger: &mut Ledger, id: KeyringId, holder: &Arc<Member>) -> Result<(), HsmError> {
        for member in self.serving().filter(|member| !member.takes(Some(id))) {
            match carry(ledger, id, holder, member).await {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Full => return Err(error),
                Err(error) => {
                    warn!(device = %member.address, %error, "a device has to wait for a keyring");
                    self.doubt(member, &error);
                }
            }
        }
        let serving = self.members.iter().filter_map(|member| member.serving());
        let holders = serving.filter(|serving| serving.keyrings.contains(&id));
        let holders: Vec<DeviceId> = holders.map(|serving| serving.id).collect();
        ledger.made(id, &holders).map_err(|error| unwritten(&error))
    }

    pub(super) fn serving(&self) -> impl Iterator<Item = &Arc<Member>> {
        self.members.iter().filter(|member| member.takes(None))
    }

    fn holder(&self, id: KeyringId) -> Option<Arc<Member>> {
        self.members.iter().find(|member| member.takes(Some(id))).cloned()
    }
}

/// A keyring that a device holds is not made again on another while that is away: the two would have different keys.
fn refuse_second(ledger: &Ledger, id: KeyringId) -> Result<(), HsmError> {
    let Some(device) = ledger.holders(id).next() else {
        return Ok(());
    };
    let why = format!(
        "the keyring {id} was made on the device {device}, which is away; if it is gone for good, and the keyring with \
         it, say so with casemate device forget {device}"
    );
    Err(HsmError::new(ErrorKind::Transient, why))
}

/// Makes a keyring on a device that none has. Where it was being made on another one and nobody knows what came of it,
/// that one destroys it.
async fn make(ledger: &mut Ledger, member: &Member, id: KeyringId) -> Result<(), HsmError> {
    let serving = member.serving().ok_or_else(went_away)?;
    ledger.make(id, &serving.id).map_err(|error| unwritten(&error))?;
    destroy_doomed(ledger, member, &serving.id).await?;
    member.hsm.create_keyring(id).await?;
    // Before anybody else gets it: from now on no other device may make one of this name.
    let made = ledger.made(id, &[serving.id]);
    made.map_err(|error| unwritten(&error))?;
    member.has(id);
    Ok(())
}

/// Brings a keyring from one device to another; the caller holds the ledger, so that no offer crosses another.
///
/// # Errors
/// Of either device, naming the keyring and where it comes from.
pub(super) async fn carry(
    ledger: &mut Ledger,
    id: KeyringId,
    giver: &Member,
    taker: &Member,
) -> Result<(), HsmError> {
    let carried = hand_over(ledger, id, giver, taker).await;
    carried.map_err(|error| {
        let (from, to) = (&giver.address, &taker.address);
        let mend = match error == HsmError::from(ErrorCode::KeyringDiffers) {
            true => format!(
                ". Stop the daemon and destroy the one of the two that nothing was sealed under: casemate device \
                 keyring destroy {id} --only-here --yes --device {to}, or {from}"
            ),
            false => String::new(),
        };
        HsmError::new(error.kind(), format!("the keyring {id} from {from}: {error}{mend}"))
    })
}

async fn hand_over(
    ledger: &mut Ledger,
    id: KeyringId,
    giver: &Member,
    taker: &Member,
) -> Result<(), HsmError> {
    let from = giver.present().ok_or_else(went_away)?.identity;
    let to = taker.present().ok_or_else(went_away)?;
    // An earlier one of this name must not take the new one with it when it goes.
    destroy_doomed(ledger, taker, &to.id).await?;
    let offer = taker.hsm.offer().await?;
    let share = giver.hsm.share_keyring(id, to.identity, offer).await?;
    taker.hsm.take_keyring(id, from, &share).await?;
    taker.has(id);
    Ok(())
}

/// Destroys what a device still has to destroy, also what it does not seem to hold: what was on its way there is gone
/// with it.
pub(super) async fn destroy_doomed(
    ledger: &mut Ledger,
    member: &Member,
    device: &DeviceId,
) -> Result<(), HsmError> {
    for id in ledger.doomed(device) {
        member.lost(id);
        member.hsm.destroy_keyring(id).await?;
        let done = std::slice::from_ref(device);
        ledger.destroyed(id, done).map_err(|error| unwritten(&error))?;
        info!(
            device = %member.address, keyring = %id,
            "destroyed a keyring that was destroyed, or made anew elsewhere, without the device"
        );
    }
    Ok(())
}

fn went_away() -> HsmError {
    HsmError::new(ErrorKind::Transient, "the device went away")
}

/// The notes can't be kept: nothing may be done that would have to be noted.
pub(super) fn unwritten(error: &io::Error) -> HsmError {
    HsmError::new(
        ErrorKind::Transient,
        format!("can't note what devices have to do: {error}"),
    )
}
