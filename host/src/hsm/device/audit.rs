//! The device's log.

use super::{DeviceHsm, Signed, answer, unreadable};
use crate::hsm::{AuditLog, AuditPage, HsmError, SignedHead};
use async_trait::async_trait;
use casemate_common::audit::{CHALLENGE_LEN, ENTRY_LEN, Entry};
use casemate_common::command::{
    self, AuditAcknowledge, AuditAcknowledged, AuditHead, AuditHeadAnswer, AuditPull,
};

#[async_trait]
impl AuditLog for DeviceHsm {
    async fn audit_page(&self, after: u64) -> Result<AuditPage, HsmError> {
        let bytes = self.ask(&AuditPull { after }, 4096).await?;
        let (page, entries): (command::AuditPage, _) = answer(&bytes)?;
        let (entries, rest) = entries.as_chunks::<ENTRY_LEN>();
        let entries: Option<Vec<Entry>> = entries.iter().map(Entry::parse).collect();
        Ok(AuditPage {
            before: page.before,
            entries: entries.filter(|_| rest.is_empty()).ok_or_else(unreadable)?,
            drained: page.drained,
        })
    }

    async fn acknowledge_audit(&self, through: u64) -> Result<(), HsmError> {
        let bytes = self.ask(&AuditAcknowledge { through }, 16).await?;
        let AuditAcknowledged { drained } = answer(&bytes)?.0;
        if drained < through {
            return Err(unreadable());
        }
        self.room.made();
        Ok(())
    }

    async fn audit_is_full(&self) {
        self.room.needed().await;
    }

    async fn audit_head(&self, challenge: [u8; CHALLENGE_LEN]) -> Result<SignedHead, HsmError> {
        let bytes = self.ask(&AuditHead { challenge }, 256).await?;
        let (AuditHeadAnswer { sequence, head }, data) = answer(&bytes)?;
        let Signed {
            signature,
            key,
            rest: [],
        } = Signed::split(data)?
        else {
            return Err(unreadable());
        };
        Ok(SignedHead {
            sequence,
            head,
            signature: signature.to_vec(),
            key: key.to_vec(),
        })
    }
}
