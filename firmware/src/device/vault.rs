use super::body::Body;
use super::memory::VaultMemory;
use super::reach::Reach;
use super::streams::{Ended, Streams};
use crate::audit::Audit;
use crate::crypto::{Crypto, HmacSha256, Key256};
use crate::domain::Domain;
use crate::entropy::Rng;
use crate::era::{EraKeys, Eras};
use crate::flash::{CounterId, Counters, Kind, Log, NAME_LEN};
use crate::identity::Identity;
use crate::image::Images;
use crate::keyring::{Keyrings, MAX_KEYRINGS};
use crate::keys::{self, Exports, Job};
use crate::platform::{Platform, RootError, RootSource};
use crate::roles::{Host, Hosts, Pin, PinError, PinParts, Sealer};
use crate::selftest::{self, Deferred, Untested};
use casemate_common::blob::KeyType;
use casemate_common::command::{Command, ExportPolicy, PinLimits, Sign};
use casemate_common::error::ErrorCode;
use casemate_common::session::noise::PublicKey;
use embedded_storage::nor_flash::NorFlash;

/// There is one.
const RESET_NAME: &[u8; NAME_LEN] = b"reset           ";

/// The parts that serve. There is no vault in a device that failed a test.
pub(crate) struct Vault<P: Platform> {
    pub(crate) rng: Rng<P::Entropy, P::Crypto>,
    pub(crate) keyrings: Keyrings<P::Flash, P::Crypto>,
    pub(crate) streams: &'static mut Streams<P::Crypto>,
    pub(crate) job: &'static mut Job,
    untested: Untested,
    pub(crate) exports: Exports,
    pub(crate) counters: Counters<P::Flash>,
    pub(crate) audit: Audit<P::Flash, P::Crypto>,
    pub(crate) identity: Identity,
    pub(crate) hosts: Hosts,
    pub(crate) domain: Domain,
    /// How far down the stack the command at hand has been.
    pub(crate) reach: Reach,
    pin: Pin<<P::Crypto as Crypto>::HmacSha256>,
    pub(crate) sealer: Sealer<<P::Crypto as Crypto>::Aes256Gcm>,
    eras: Eras<P::Crypto>,
    pub(crate) images: P::Images,
    /// Whether that was noted of the image that runs.
    has_served: bool,
}

impl<P: Platform> Drop for Vault<P> {
    /// What it was lent outlives it.
    fn drop(&mut self) {
        self.streams.end_all();
        self.job.forget();
    }
}

impl From<RootError> for ErrorCode {
    fn from(error: RootError) -> Self {
        match error {
            RootError::Failed => Self::FlashFailed,
            RootError::Tampered => Self::Tampered,
            RootError::OtherKind => Self::RootOtherKind,
            RootError::Changed => Self::RootChanged,
            RootError::Unsettled => Self::PowerCycleRequired,
        }
    }
}

impl<P: Platform> Vault<P> {
    /// Tests what is needed at once, then recovers what the flash holds.
    pub(super) fn start(
        entropy: P::Entropy,
        (flash, memory): (P::Flash, &'static mut VaultMemory<P::Crypto>),
        counters: P::Flash,
        audit: P::Flash,
        mut root: P::Root,
        mut images: P::Images,
    ) -> Result<Self, ErrorCode> {
        if P::SELF_TESTS {
            selftest::at_start::<P::Crypto>()?;
        }
        let mut rng = Rng::<_, P::Crypto>::start(entropy, P::BOARD.as_bytes())?;
        let fresh = rng.key()?;
        let mut secret = Key256::zero();
        root.load_or_create(fresh.as_bytes(), secret.as_mut_bytes())?;
        let root = <P::Crypto as Crypto>::HmacSha256::new(&secret);
        let VaultMemory {
            keyrings,
            streams,
            job,
        } = memory;
        let pin_key = root.mac(&[b"casemate pin key v1"]);
        let mut counters = Counters::mount(counters)?;
        let starts = counters.increment(CounterId::Boots)?;
        check_image(&mut images, counters.value(CounterId::SecurityVersion))?;
        let drained = counters.value(CounterId::AuditDrained);
        let identity = Identity::derive::<P::Crypto>(&root)?;
        let audit = Audit::mount(audit, &root, &identity.device_id, starts, drained)?;
        let eras = Eras::new(root);
        let mut log = Log::mount(flash, keyrings)?;
        finish_erasing(&mut log)?;
        let EraKeys { keyrings, records } = eras.current(&mut log)?;
        let mut keyrings = Keyrings::new(log, &keyrings);
        let sealer = Sealer::new(&records);
        let mut vault = Self {
            rng,
            streams,
            job,
            untested: if P::SELF_TESTS {
                Untested::ALL
            } else {
                Untested::NONE
            },
            exports: Exports::load(&sealer, keyrings.log())?,
            counters,
            audit,
            identity,
            hosts: Hosts::load(&sealer, keyrings.log())?,
            domain: Domain::load(&sealer, keyrings.log())?,
            reach: Reach::Modulus,
            pin: Pin::load(&pin_key, &sealer, keyrings.log())?,
            sealer,
            keyrings,
            eras,
            images,
            has_served: false,
        };
        if vault.pin.must_erase(&vault.counters) {
            vault.reset()?;
        }
        // Tries that were counted are not in the flash any more: somebody wants them back.
        if vault.pin.is_ahead_of(&vault.counters) {
            return Err(ErrorCode::FlashFailed);
        }
        // Secrets that nobody governs: somebody has removed the hosts from the flash to become officer.
        if vault.hosts.is_empty() && (vault.keyrings.len() > 0 || vault.domain.is_joined()) {
            return Err(ErrorCode::FlashFailed);
        }
        Ok(vault)
    }

    /// Makes sure that the algorithm of such keys has been tested, before it is used.
    ///
    /// # Errors
    /// [`ErrorCode::SelfTestFailed`]: then the device must not go on.
    pub(crate) fn require_tested(&mut self, kind: KeyType) -> Result<(), ErrorCode> {
        match Deferred::of(kind) {
            Some(algorithm) => Ok(self.untested.ask::<P::Crypto>(algorithm)?),
            None => Ok(()),
        }
    }

    /// Whether there is something to do that takes long, and may wait.
    pub(super) fn has_work(&self) -> bool {
        self.job.is_running() || self.untested.next().is_some()
    }

    /// Does a slice of it: what somebody waits for first, and then a test.
    ///
    /// # Errors
    /// As [`Self::require_tested`].
    pub(super) fn work(&mut self) -> Result<(), ErrorCode> {
        match self.untested.next() {
            Some(algorithm) if !self.job.is_running() => Ok(self.untested.ask::<P::Crypto>(algorithm)?),
            _ => {
                keys::work(self);
                Ok(())
            }
        }
    }

    /// Erases everything that it holds but what it is; all of it or, when power is cut, the rest at the next start.
    pub(crate) fn reset(&mut self) -> Result<(), ErrorCode> {
        self.keyrings.log().put(Kind::RESET, RESET_NAME, &[])?;
        self.streams.end_all();
        self.job.forget();
        self.exports = Exports::NONE;
        self.keyrings.forget();
        self.hosts.forget();
        self.domain.forget();
        self.pin.forget();
        finish_erasing(self.keyrings.log())
    }

    /// A key of this type is being used.
    pub(crate) fn reaches(&mut self, kind: KeyType) {
        self.reach = self.reach.max(Reach::with(kind));
    }

    /// Begins with nothing, in an era of its own: no record that was ever sealed here before opens again.
    pub(crate) fn begin_era(&mut self) -> Result<(), ErrorCode> {
        self.reset()?;
        let (nonce, era) = (self.rng.array()?, self.rng.key()?);
        let EraKeys { keyrings, records } = self.eras.begin(self.keyrings.log(), nonce, &era)?;
        self.keyrings.reseal(&keyrings);
        self.sealer = Sealer::new(&records);
        Ok(())
    }

    /// Enrols a host, or changes what it may be.
    pub(crate) fn enroll(&mut self, host: Host) -> Result<(), ErrorCode> {
        let nonce = self.rng.array()?;
        self.hosts
            .enroll((&self.sealer, self.keyrings.log()), nonce, host)
    }

    /// Takes all roles from a host; false when it had none.
    pub(crate) fn revoke(&mut self, host: &PublicKey) -> Result<bool, ErrorCode> {
        self.hosts.revoke(self.keyrings.log(), host)
    }

    /// Sets for whom keys may be wrapped.
    pub(crate) fn set_exports(&mut self, policy: ExportPolicy, recipients: &[u8]) -> Result<(), ErrorCode> {
        let nonce = self.rng.array()?;
        self.exports
            .set((&self.sealer, self.keyrings.log()), nonce, policy, recipients)
    }

    /// The lowest security version that an image may have.
    pub(crate) fn security_floor(&mut self) -> u64 {
        let counted = self.counters.value(CounterId::SecurityVersion);
        counted.max(own_security_version(&mut self.images))
    }

    /// Notes, once, that the image that runs has served: from now on no older security version will.
    pub(super) fn confirm_image(&mut self) -> Result<(), ErrorCode> {
        if !self.has_served {
            let version = self.images.confirm()?;
            self.counters.raise(CounterId::SecurityVersion, version)?;
            self.has_served = true;
        }
        Ok(())
    }

    /// Whether PINs are refused for now.
    pub(super) fn is_locked(&self, uptime_ms: u64) -> bool {
        self.pin.is_locked(&self.counters, uptime_ms)
    }

    pub(super) fn pin_tries_left(&self, uptime_ms: u64) -> u8 {
        self.pin.tries_left(&self.counters, uptime_ms)
    }

    /// The limits of the PIN that is set.
    pub(crate) fn pin_limits(&self) -> PinLimits {
        self.pin.limits().unwrap_or(PinLimits::DEFAULT)
    }

    /// Sets the officer PIN, whatever it was.
    pub(crate) fn set_pin(&mut self, pin: &[u8], limits: PinLimits, uptime_ms: u64) -> Result<(), ErrorCode> {
        let salt = self.rng.array()?;
        let (verifier, mut parts) = self.pin_parts(uptime_ms)?;
        verifier.set(&mut parts, salt, (pin, limits))
    }

    /// Compares the officer PIN. When it was wrong too often, everything is erased.
    pub(crate) fn verify_pin(&mut self, pin: &[u8], uptime_ms: u64) -> Result<(), ErrorCode> {
        let (verifier, mut parts) = self.pin_parts(uptime_ms)?;
        match verifier.verify(&mut parts, pin) {
            Ok(()) => Ok(()),
            Err(PinError::Refused(code)) => Err(code),
            Err(PinError::Erase) => {
                self.reset()?;
                Err(ErrorCode::NotInitialised)
            }
        }
    }

    #[expect(clippy::type_complexity, reason = "two halves of the vault, borrowed at once")]
    fn pin_parts(
        &mut self,
        uptime_ms: u64,
    ) -> Result<
        (
            &mut Pin<<P::Crypto as Crypto>::HmacSha256>,
            PinParts<'_, <P::Crypto as Crypto>::Aes256Gcm, P::Flash, MAX_KEYRINGS>,
        ),
        ErrorCode,
    > {
        let nonce = self.rng.array()?;
        let parts = PinParts {
            sealer: &self.sealer,
            log: self.keyrings.log(),
            counters: &mut self.counters,
            nonce,
            uptime_ms,
        };
        Ok((&mut self.pin, parts))
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

/// Whether the image that runs may serve: it is of no older security version than one that has, and whoever signed it can
/// sign the next.
fn check_image(images: &mut impl Images, floor: u64) -> Result<(), ErrorCode> {
    if own_security_version(images) < floor {
        return Err(ErrorCode::ImageOutdated);
    }
    match images.running() {
        Some(running) if running.is_misbuilt() => Err(ErrorCode::ImageMisbuilt),
        _ => Ok(()),
    }
}

/// That of the image that runs; 0 where it has none.
fn own_security_version(images: &mut impl Images) -> u64 {
    let manifest = images.running().and_then(|running| running.manifest);
    manifest.map_or(0, |manifest| manifest.security_version.into())
}

/// Erases the rest, where that was begun. Before anything is read: what is left may not open any more.
fn finish_erasing<F: NorFlash, const N: usize>(log: &mut Log<'_, F, N>) -> Result<(), ErrorCode> {
    if !log.is_empty(Kind::RESET) {
        log.remove_all_but(Kind::RESET)?;
        log.remove(Kind::RESET, RESET_NAME)?;
    }
    Ok(())
}
