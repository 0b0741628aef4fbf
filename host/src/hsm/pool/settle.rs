//! How a device comes into the pool, each time its link is there: it destroys what was destroyed, takes what it lacks and
//! gives what only it has.

use super::keyrings::{carry, unwritten};
use super::ledger::Ledger;
use super::member::Serving;
use super::{Inner, Member};
use crate::hsm::{ErrorKind, Hsm, HsmError};
use casemate_common::command::DeviceState;
use casemate_common::keyring::KeyringId;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use tracing::{info, warn};

/// Between two attempts with a device that is there.
const PAUSE: Duration = Duration::from_millis(500);

/// Before another look at a device that was doubted.
const DOUBT: Duration = Duration::from_millis(20);

/// Looks after one device, for as long as the pool is there.
pub(super) async fn keep(pool: Arc<Inner>, member: Arc<Member>) {
    let mut complaint = String::new();
    loop {
        let standing = member.hsm.up().await;
        match pool.settle(&member).await {
            Ok(()) => {
                complaint.clear();
                pool.changed();
                tokio::select! {
                    () = standing.over() => member.put_out("its session ended".into()),
                    () = member.doubted.notified() => sleep(DOUBT).await,
                }
            }
            Err(error) => {
                if complaint != error.to_string() {
                    complaint = error.to_string();
                    warn!(device = %member.address, %error, "a device can't serve in the pool");
                }
                member.put_out(error.to_string());
                sleep(PAUSE).await;
            }
        }
        pool.changed();
    }
}

impl Inner {
    /// Brings a device to where the others are, and lets it serve.
    async fn settle(&self, member: &Arc<Member>) -> Result<(), HsmError> {
        // One at a time: what the others hold must stay the same meanwhile.
        let mut ledger = self.ledger.lock().await;
        let serving = self.introduce(member).await?;
        ledger.add(&serving.id).map_err(|error| unwritten(&error))?;
        destroy_doomed(&mut ledger, member, &serving).await?;
        let held = member.hsm.list_keyrings().await?;
        let held: BTreeSet<KeyringId> = held.into_iter().collect();
        let (id, count) = (serving.id.clone(), held.len());
        member.settle(Serving {
            keyrings: held.clone(),
            ..serving
        });
        self.take_missing(member, &held).await?;
        self.give_own(member, &held).await;
        member.serve();
        info!(device = %member.address, %id, keyrings = count, "a device serves in the pool");
        Ok(())
    }

    /// Who a device is; an error when it must not serve here.
    async fn introduce(&self, member: &Member) -> Result<Serving, HsmError> {
        let permanent = |why: String| HsmError::new(ErrorKind::Permanent, why);
        let status = member.hsm.device_status().await?;
        if !matches!(status.state, DeviceState::Ready | DeviceState::Locked) {
            return Err(permanent(format!(
                "the device is not ready to serve: {:?}",
                status.state
            )));
        }
        let domain = status.domain.ok_or_else(|| {
            permanent(
                "the device is in no security domain: stop the daemon and let it join that of the others with \
                 casemate device join"
                    .into(),
            )
        })?;
        let id = hex::encode(status.device_id);
        for other in self
            .members
            .iter()
            .filter(|other| !std::ptr::eq(&***other, member))
        {
            let Some(serving) = other.serving() else { continue };
            if serving.id == id {
                let why = format!("this is the device that serves as {} already", other.address);
                return Err(permanent(why));
            }
            if serving.domain != domain {
                return Err(permanent(format!(
                    "the device is in the security domain {domain}, not in that of {}: erase it (casemate device reset) \
                     and let it join (casemate device join)",
                    other.address
                )));
            }
        }
        Ok(Serving {
            id,
            identity: status.identity,
            domain,
            keyrings: BTreeSet::new(),
        })
    }

    /// Takes what the others hold and this device does not.
    async fn take_missing(&self, member: &Arc<Member>, held: &BTreeSet<KeyringId>) -> Result<(), HsmError> {
        for other in self.serving() {
            let Some(serving) = other.serving() else { continue };
            for id in serving.keyrings.difference(held) {
                if !member.holds(*id) {
                    carry(*id, other, member).await?;
                }
            }
        }
        Ok(())
    }

    /// Gives the others what this device alone holds. One that does not take it is looked at again.
    async fn give_own(&self, member: &Arc<Member>, held: &BTreeSet<KeyringId>) {
        for other in self.serving() {
            let Some(serving) = other.serving() else { continue };
            for id in held.difference(&serving.keyrings) {
                if let Err(error) = carry(*id, member, other).await {
                    self.doubt(other, &error);
                    break;
                }
            }
        }
    }
}

/// Destroys what was destroyed while the device was away, also what it does not seem to hold: what was on its way there
/// is gone with it.
async fn destroy_doomed(ledger: &mut Ledger, member: &Member, serving: &Serving) -> Result<(), HsmError> {
    for id in ledger.doomed(&serving.id) {
        member.hsm.destroy_keyring(id).await?;
        let done = std::slice::from_ref(&serving.id);
        ledger.destroyed(id, done).map_err(|error| unwritten(&error))?;
        info!(device = %member.address, keyring = %id, "destroyed a keyring that was destroyed while the device was away");
    }
    Ok(())
}
