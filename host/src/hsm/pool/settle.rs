//! How a device comes into the pool, each time its link is there: it destroys what was destroyed, takes what it lacks and
//! gives what only it has.

use super::keyrings::{carry, destroy_doomed, unwritten};
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
        let mut serving = self.introduce(&ledger, member).await?;
        destroy_doomed(&mut ledger, member, &serving.id).await?;
        serving.keyrings = member.hsm.list_keyrings().await?.into_iter().collect();
        let (id, held) = (serving.id.clone(), serving.keyrings.clone());
        let known = ledger.held(&id);
        member.settle(serving);
        self.take_missing(&mut ledger, member, &known & &held).await?;
        // Before the others get what it holds: from then on none of them may make it.
        self.note_holders(&mut ledger)?;
        self.give_own(&mut ledger, member, &held).await;
        self.note_holders(&mut ledger)?;
        member.serve();
        info!(device = %member.address, %id, keyrings = held.len(), "a device serves in the pool");
        Ok(())
    }

    /// Who a device is, its keyrings yet to be asked for; an error when it must not serve here.
    async fn introduce(&self, ledger: &Ledger, member: &Member) -> Result<Serving, HsmError> {
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
                 casemate device join",
            )
        })?;
        let newcomer = Serving {
            id: hex::encode(status.device_id),
            identity: status.identity,
            domain,
            keyrings: BTreeSet::new(),
        };
        if status.keyrings > 0 && ledger.has_forgotten(&newcomer.id) {
            return Err(permanent(
                "the device was forgotten (casemate device forget), and nobody has told it since what was destroyed: \
                 erase it (casemate device reset) and let it join (casemate device join)",
            ));
        }
        self.fits(ledger, member, &newcomer, status.keyrings)?;
        Ok(newcomer)
    }

    /// Whether a device may serve beside the others: another one than they, and of their security domain.
    fn fits(&self, ledger: &Ledger, member: &Member, newcomer: &Serving, holds: u32) -> Result<(), HsmError> {
        let others = self
            .members
            .iter()
            .filter(|other| !std::ptr::eq(&***other, member));
        let mut expected = ledger.domain().map(str::to_owned);
        for (other, serving) in others.filter_map(|other| Some((other, other.serving()?))) {
            if serving.id == newcomer.id {
                let why = format!("this is the device that serves as {} already", other.address);
                return Err(permanent(why));
            }
            expected.get_or_insert_with(|| serving.domain.to_string());
        }
        match expected {
            Some(expected) if expected != newcomer.domain.to_string() => {
                Err(permanent(elsewhere(newcomer, &expected, holds, ledger.count())))
            }
            _ => Ok(()),
        }
    }

    /// Takes what the others hold, but for what is known to be on this device: what it holds without the pool's knowledge
    /// may have another key.
    async fn take_missing(
        &self,
        ledger: &mut Ledger,
        member: &Member,
        mut known: BTreeSet<KeyringId>,
    ) -> Result<(), HsmError> {
        for other in self.serving() {
            let Some(serving) = other.serving() else { continue };
            for id in serving.keyrings {
                if known.insert(id) {
                    carry(ledger, id, other, member).await?;
                }
            }
        }
        Ok(())
    }

    fn note_holders(&self, ledger: &mut Ledger) -> Result<(), HsmError> {
        let mut present = self.members.iter().filter_map(|member| member.present());
        let noted = present.try_for_each(|present| ledger.holds(&present));
        noted.map_err(|error| unwritten(&error))
    }

    /// Gives the others what this device alone holds. One that does not take it is looked at again.
    async fn give_own(&self, ledger: &mut Ledger, member: &Member, held: &BTreeSet<KeyringId>) {
        for other in self.serving() {
            let Some(serving) = other.serving() else { continue };
            for id in held.difference(&serving.keyrings) {
                if let Err(error) = carry(ledger, *id, member, other).await {
                    self.doubt(other, &error);
                    break;
                }
            }
        }
    }
}

/// Why a device of another security domain does not serve, and which device may be erased to mend that.
fn elsewhere(newcomer: &Serving, expected: &str, holds: u32, pool_holds: usize) -> String {
    let mend = match (holds, pool_holds) {
        (0, _) => {
            "it holds no keyring: erase it (casemate device reset) and let it join (casemate device join)"
                .into()
        }
        (holds, 0) => format!(
            "it holds {holds} keyrings and the others none: erase those (casemate device reset) and let them join it \
             (casemate device join)"
        ),
        (holds, pool_holds) => format!(
            "it holds {holds} keyrings and the others {pool_holds}, and a device that is erased (casemate device reset) \
             to join the other domain (casemate device join) loses its keyrings for good: leave it out, or erase it only \
             if nothing needs them"
        ),
    };
    let domain = newcomer.domain;
    format!("the device is in the security domain {domain}, not in that of the pool, {expected}; {mend}")
}

fn permanent(why: impl Into<String>) -> HsmError {
    HsmError::new(ErrorKind::Permanent, why)
}
