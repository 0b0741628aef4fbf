use super::body::Body;
use super::streams::{Ended, Streams};
use crate::audit::Audit;
use crate::crypto::{Crypto, HmacSha256, Key256};
use crate::entropy::Rng;
use crate::flash::{CounterId, Counters};
use crate::keyring::Keyrings;
use crate::keys::Job;
use crate::platform::{Platform, RootError, RootSource};
use crate::selftest;
use casemate_common::command::{Command, Sign};
use casemate_common::error::ErrorCode;

/// The parts that serve. There is no vault in a device that failed a test.
pub(crate) struct Vault<P: Platform> {
    pub(crate) rng: Rng<P::Entropy, P::Crypto>,
    pub(crate) keyrings: Keyrings<P::Flash, P::Crypto>,
    pub(crate) streams: Streams<P::Crypto>,
    pub(crate) job: Job,
    pub(crate) counters: Counters<P::Flash>,
    pub(crate) audit: Audit<P::Flash, P::Crypto>,
    pub(crate) device_id: [u8; 16],
}

impl From<RootError> for ErrorCode {
    fn from(_: RootError) -> Self {
        Self::FlashFailed
    }
}

impl<P: Platform> Vault<P> {
    /// Tests everything, then recovers what the flash holds.
    pub(super) fn start(
        entropy: P::Entropy,
        flash: P::Flash,
        counters: P::Flash,
        audit: P::Flash,
        mut root: P::Root,
    ) -> Result<Self, ErrorCode> {
        selftest::run::<P::Crypto>()?;
        let mut rng = Rng::<_, P::Crypto>::start(entropy, P::BOARD.as_bytes())?;
        let fresh = rng.key()?;
        let mut secret = Key256::zero();
        root.load_or_create(fresh.as_bytes(), secret.as_mut_bytes())?;
        let root = <P::Crypto as Crypto>::HmacSha256::new(&secret);
        let [device_id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            *root.mac(&[b"casemate device id v1"]).as_bytes();
        let sealing_key = root.mac(&[b"casemate keyring sealing key v1"]);
        let mut counters = Counters::mount(counters)?;
        let starts = counters.increment(CounterId::Boots)?;
        let drained = counters.value(CounterId::AuditDrained);
        let audit = Audit::mount(audit, &root, &device_id, starts, drained)?;
        Ok(Self {
            rng,
            keyrings: Keyrings::open(flash, &sealing_key)?,
            streams: Streams::new(),
            job: Job::NONE,
            counters,
            audit,
            device_id,
        })
    }

    /// Takes the next chunk of a stream; `None` when there is no such stream.
    pub(super) fn advance(
        &mut self,
        id: u16,
        last: bool,
        chunk: &[u8],
        answer: &mut Body<'_>,
    ) -> Option<Result<(), ErrorCode>> {
        let ended = self.streams.advance(id, last, chunk, answer)?;
        Some(ended.and_then(|ended| match ended {
            Some(Ended { keyring, input }) => {
                self.audit.admit(&Sign::SPEC)?;
                input.finish(self, &keyring, answer)
            }
            None => Ok(()),
        }))
    }
}
