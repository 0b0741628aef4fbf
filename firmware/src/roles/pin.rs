use super::Sealer;
use crate::crypto::{Aes256Gcm, HmacSha256, Key256};
use crate::flash::{CounterId, Counters, Kind, Log, NAME_LEN};
use casemate_common::command::{MAX_PIN, MIN_PIN, PinLimits};
use casemate_common::error::ErrorCode;
use casemate_common::record::NONCE_LEN;
use embedded_storage::nor_flash::NorFlash;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// There is one.
const NAME: &[u8; NAME_LEN] = b"officer pin     ";
const SALT_LEN: usize = 16;
/// Salt, verifier, tries counted when it was last right, limits.
const BODY_LEN: usize = SALT_LEN + Key256::LEN + 8 + 2;

/// The officer PIN, as a code that only this device can make of it.
///
/// Every comparison is counted durably before it is made, in a counter that never goes back; a right PIN notes in its
/// record where the counter stood. What lies between the two was wrong, or was cut short, which counts the same: power
/// cuts never win back a try.
pub(crate) struct Pin<H> {
    mac: H,
    set: Option<Verifier>,
    /// The uptime at which the present lock-out ends.
    locked_until_ms: u64,
}

#[derive(Zeroize, ZeroizeOnDrop)]
struct Verifier {
    salt: [u8; SALT_LEN],
    code: Key256,
    /// [`CounterId::PinTries`] when the PIN was last right, or set.
    base: u64,
    #[zeroize(skip)]
    limits: PinLimits,
}

/// What a comparison needs beside the PIN.
pub(crate) struct PinParts<'v, G, F, const N: usize> {
    pub(crate) sealer: &'v Sealer<G>,
    pub(crate) log: &'v mut Log<'static, F, N>,
    pub(crate) counters: &'v mut Counters<F>,
    pub(crate) nonce: [u8; NONCE_LEN],
    pub(crate) uptime_ms: u64,
}

/// Why a PIN was not right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PinError {
    /// As the error says.
    Refused(ErrorCode),
    /// It was wrong for the last time: everything has to be erased now.
    Erase,
}

impl<E: Into<ErrorCode>> From<E> for PinError {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

impl<H: HmacSha256> Pin<H> {
    /// Reads it from the log. A device that is locked stays so for the whole time, counted from now.
    pub(crate) fn load<G: Aes256Gcm, F: NorFlash, const N: usize>(
        key: &Key256,
        sealer: &Sealer<G>,
        log: &mut Log<F, N>,
    ) -> Result<Self, ErrorCode> {
        let body = sealer.read(log, (Kind::PIN, NAME))?;
        let set = body.map(|body| Verifier::decode(&body).ok_or(ErrorCode::FlashFailed));
        Ok(Self {
            mac: H::new(key),
            set: set.transpose()?,
            locked_until_ms: PinLimits::LOCKOUT_MS,
        })
    }

    /// Whether it was set when more tries had been counted than the counters know of, by more than the one that a damaged
    /// slot costs.
    pub(crate) fn is_ahead_of<F: NorFlash>(&self, counters: &Counters<F>) -> bool {
        let counted = counters.value(CounterId::PinTries);
        self.set
            .as_ref()
            .is_some_and(|set| set.base > counted.saturating_add(1))
    }

    /// Whether tries are used up for now.
    pub(crate) fn is_locked<F: NorFlash>(&self, counters: &Counters<F>, uptime_ms: u64) -> bool {
        self.set.as_ref().is_some_and(|set| set.is_round_over(counters)) && uptime_ms < self.locked_until_ms
    }

    /// Whether it was wrong for the last time, and power was cut before everything was erased.
    pub(crate) fn must_erase<F: NorFlash>(&self, counters: &Counters<F>) -> bool {
        self.set.as_ref().is_some_and(|set| set.is_exhausted(counters))
    }

    /// PINs that may be wrong until the device locks.
    pub(crate) fn tries_left<F: NorFlash>(&self, counters: &Counters<F>, uptime_ms: u64) -> u8 {
        match &self.set {
            Some(set) if !self.is_locked(counters, uptime_ms) => set.tries_left(counters),
            _ => 0,
        }
    }

    /// Sets a PIN, whatever it was; all tries are free again.
    pub(crate) fn set<G: Aes256Gcm, F: NorFlash, const N: usize>(
        &mut self,
        parts: &mut PinParts<'_, G, F, N>,
        salt: [u8; SALT_LEN],
        (pin, limits): (&[u8], PinLimits),
    ) -> Result<(), ErrorCode> {
        if !(MIN_PIN..=MAX_PIN).contains(&pin.len()) || !limits.are_valid() {
            return Err(ErrorCode::ValueInvalid);
        }
        let code = self.mac.mac(&[&salt, pin]);
        let verifier = Verifier {
            salt,
            code,
            base: parts.counters.value(CounterId::PinTries),
            limits,
        };
        self.store(parts, verifier)
    }

    /// The limits that were set with it.
    pub(crate) fn limits(&self) -> Option<PinLimits> {
        self.set.as_ref().map(|set| set.limits)
    }

    /// Compares.
    pub(crate) fn verify<G: Aes256Gcm, F: NorFlash, const N: usize>(
        &mut self,
        parts: &mut PinParts<'_, G, F, N>,
        pin: &[u8],
    ) -> Result<(), PinError> {
        let Some(set) = &self.set else {
            return Err(PinError::Refused(ErrorCode::NotInitialised));
        };
        if self.is_locked(parts.counters, parts.uptime_ms) {
            return Err(PinError::Refused(ErrorCode::PinLocked));
        }
        let tried = parts.counters.increment(CounterId::PinTries)?;
        let code = self.mac.mac(&[&set.salt, pin]);
        if bool::from(code.as_bytes().ct_eq(set.code.as_bytes())) {
            let verifier = Verifier {
                salt: set.salt,
                code,
                base: tried,
                limits: set.limits,
            };
            return Ok(self.store(parts, verifier)?);
        }
        if set.is_exhausted(parts.counters) {
            return Err(PinError::Erase);
        }
        if set.is_round_over(parts.counters) {
            parts.counters.increment(CounterId::PinLockouts)?;
            self.locked_until_ms = parts.uptime_ms.saturating_add(PinLimits::LOCKOUT_MS);
        }
        Err(PinError::Refused(ErrorCode::PinWrong))
    }

    /// Forgets it: it is no longer in the log.
    pub(crate) fn forget(&mut self) {
        self.set = None;
    }

    fn store<G: Aes256Gcm, F: NorFlash, const N: usize>(
        &mut self,
        parts: &mut PinParts<'_, G, F, N>,
        verifier: Verifier,
    ) -> Result<(), ErrorCode> {
        parts
            .sealer
            .put(parts.log, (Kind::PIN, NAME), parts.nonce, verifier.encode())?;
        self.set = Some(verifier);
        Ok(())
    }
}

impl Verifier {
    /// Comparisons since it was last right.
    fn used<F: NorFlash>(&self, counters: &Counters<F>) -> u64 {
        counters.value(CounterId::PinTries).saturating_sub(self.base)
    }

    fn in_round<F: NorFlash>(&self, counters: &Counters<F>) -> u64 {
        let tries = u64::from(self.limits.tries);
        self.used(counters).checked_rem(tries).unwrap_or(0)
    }

    fn is_round_over<F: NorFlash>(&self, counters: &Counters<F>) -> bool {
        self.used(counters) > 0 && self.in_round(counters) == 0
    }

    fn is_exhausted<F: NorFlash>(&self, counters: &Counters<F>) -> bool {
        let all = u64::from(self.limits.tries).saturating_mul(self.limits.lockouts.into());
        self.used(counters) >= all
    }

    fn tries_left<F: NorFlash>(&self, counters: &Counters<F>) -> u8 {
        let left = u64::from(self.limits.tries).saturating_sub(self.in_round(counters));
        u8::try_from(left).unwrap_or(u8::MAX)
    }

    fn encode(&self) -> [u8; BODY_LEN] {
        let mut body = [0; BODY_LEN];
        let base = self.base.to_le_bytes();
        let limits = [self.limits.tries, self.limits.lockouts];
        let parts = self
            .salt
            .iter()
            .chain(self.code.as_bytes())
            .chain(&base)
            .chain(&limits);
        body.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        body
    }

    fn decode(body: &[u8; BODY_LEN]) -> Option<Self> {
        let (salt, rest) = body.split_first_chunk()?;
        let (code, rest) = rest.split_first_chunk()?;
        let (base, rest) = rest.split_first_chunk()?;
        let &[tries, lockouts] = rest.first_chunk()?;
        let limits = PinLimits { tries, lockouts };
        limits.are_valid().then(|| Self {
            salt: *salt,
            code: Key256::new(*code),
            base: u64::from_le_bytes(*base),
            limits,
        })
    }
}
